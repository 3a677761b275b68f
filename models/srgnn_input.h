#pragma once

#include <vector>

#include "core/batch.h"
#include "core/graph.h"

namespace seqrec::models {

/// What SR-GNN computes on, made from a batch of raw windows. A window's session graph has its different items as nodes
/// and an edge from each item to the one that follows. What the gated cell makes of a node depends on its item and its
/// neighbours alone, so nodes that agree in those, in whatever windows, are one *instance* and computed once; after the
/// second step, those that agree in their neighbours' neighbours too, and so on. The prefixes of a history differ in
/// their last edge, so nearly all of their nodes are shared.
struct SrgnnInput {
  Index items;                ///< [items] the different items: the instances before the first step
  std::vector<Graph> graphs;  ///< [step] the instances after each step, over those before it
  Windows windows;            ///< [rows] adjacent windows over the positions of all rows
  Index nodes;                ///< [positions] instance, after the last step, at each position
  Index last;                 ///< [rows] that of the last position

  template <class F>
  void for_each(F f) const {
    for (const Index& index : {items, nodes, last}) f(index);
    f(windows), f(graphs);
  }
};

/// How an edge that occurs more than once in a window counts.
enum class EdgeWeight {
  Binary,  ///< once: the weights are 1 / (number of different neighbours), as in the authors' code and RecBole
  Count    ///< as often as it occurs: occurrences / degree, as in the paper
};

/// Windows are cut to their last `max_length` items. A window without an item becomes the session of one padding item
/// (id 0), which the attention doesn't look at.
SrgnnInput srgnn_input(const Batch& batch, std::int64_t max_length, std::int64_t steps, EdgeWeight weight);

}  // namespace seqrec::models
