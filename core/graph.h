#pragma once

#include "core/ragged.h"

namespace seqrec {

/// A directed graph, or many: nodes that are computed from rows of a table, which several nodes may share. A node's
/// neighbours are named by the rows that they stand for; repeats count as often as they stand, so that a mean over
/// neighbours that are there twice weighs them twice.
struct Graph {
  Index rows;       ///< [nodes] the row that a node stands for itself
  Ragged incoming;  ///< where the edges of each node come from
  Ragged outgoing;  ///< where they lead to

  template <class F>
  void for_each(F f) const {
    f(rows), f(incoming), f(outgoing);
  }
  std::int64_t nodes() const { return rows.size(); }
};

}  // namespace seqrec
