#pragma once

#include "core/windows.h"

namespace seqrec {

/// The neighbours of a graph's nodes, each named by the row of a table that it stands for. Repeats count as often as
/// they stand: a mean over neighbours that are there twice weighs them twice.
struct Neighbours {
  Windows windows;  ///< [nodes] over the edges: those of each node
  Index rows;       ///< [edges] the row at the other end
};

/// A directed graph, or many: nodes that are computed from rows of a table, which several nodes may share.
struct Graph {
  Index rows;           ///< [nodes] the row that a node stands for itself
  Neighbours incoming;  ///< where its edges come from
  Neighbours outgoing;  ///< where they lead to

  std::int64_t nodes() const { return rows.size(); }
};

}  // namespace seqrec
