#pragma once

#include "autograd/variable.h"
#include "core/graph.h"

namespace seqrec::autograd {

/// The gated graph cell (kernels/graph.h): incoming, outgoing and recurrent [rows, 3 width], hidden [rows, width],
/// bias [3 width]; [nodes, width]. nn::GatedGraphCell makes the tables.
Variable gated_graph_cell(const Variable& incoming, const Variable& outgoing, const Variable& recurrent,
                          const Variable& hidden, const Variable& bias, const Graph& graph);

}  // namespace seqrec::autograd
