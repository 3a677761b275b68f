#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Loops of the gated graph cell (kernels/graph.h) over one node, or the nodes of one row. Tables of gates hold r, z
/// and n of a row side by side, 3 width elements.
namespace seqrec::kernels::cpu {

/// Rows of a table that are averaged; 0 where there are none.
template <class T>
struct MeanOf {
  const T* table;
  const std::int32_t* rows;
  std::int64_t n;
};
/// gates [3 width] and out [width] of a node.
SEQREC_SIMD_TEMPLATE(void, graph_cell_node, std::int64_t width, MeanOf<T> incoming, MeanOf<T> outgoing, const T* bias,
                     const T* recurrent, const T* hidden, T* gates, T* out)

/// For the n nodes `nodes` of a row: d [nodes, 3 width] of each, and the row's grad_recurrent [3 width] and grad_hidden
/// [width]. `grad_out` and `gates` are those of all nodes.
SEQREC_SIMD_TEMPLATE(void, graph_cell_row_backward, std::int64_t width, std::int64_t n, const std::int32_t* nodes,
                     const T* grad_out, const T* recurrent, const T* hidden, const T* gates, T* d, T* grad_recurrent,
                     T* grad_hidden)

}  // namespace seqrec::kernels::cpu
