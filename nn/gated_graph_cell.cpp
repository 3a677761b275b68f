#include "nn/gated_graph_cell.h"

#include "autograd/ops/graph.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/shape.h"

namespace seqrec::nn {

using autograd::linear;

GatedGraphCell::GatedGraphCell(std::int64_t width, Init& init)
    : w_ih_(add_parameter("w_ih", init.uniform({3 * width, 2 * width}, fan_in_bound(width)))),
      w_hh_(add_parameter("w_hh", init.uniform({3 * width, width}, fan_in_bound(width)))),
      b_ih_(add_parameter("b_ih", init.uniform({3 * width}, fan_in_bound(width)))),
      b_hh_(add_parameter("b_hh", init.uniform({3 * width}, fan_in_bound(width)))),
      b_iah_(add_parameter("b_iah", init.uniform({width}, fan_in_bound(width)))),
      b_ioh_(add_parameter("b_ioh", init.uniform({width}, fan_in_bound(width)))),
      linear_edge_in_(width, width, init),
      linear_edge_out_(width, width, init) {
  add_module("linear_edge_in", linear_edge_in_);
  add_module("linear_edge_out", linear_edge_out_);
}

// All products are linear in h, so they are made once per row, however many nodes stand for it or have it as a
// neighbour: W_ih (mean of (W_e h + b_e) + b) is the mean of ((W_ih W_e) h + W_ih b_e), plus W_ih b.
Variable GatedGraphCell::forward(const Variable& hidden, const Graph& graph) const {
  const std::int64_t width = w_hh_.shape()[1];
  const auto handed_on = [&](const Linear& edge, std::int64_t first) {
    const Variable part = autograd::slice(w_ih_, 1, first, first + width);
    return linear(hidden, autograd::matmul(part, edge.weight()), linear(edge.bias(), part, Variable()));
  };
  return autograd::gated_graph_cell(handed_on(linear_edge_in_, 0), handed_on(linear_edge_out_, width),
                                    linear(hidden, w_hh_, b_hh_), hidden,
                                    linear(autograd::concat({b_iah_, b_ioh_}, 0), w_ih_, b_ih_), graph);
}

}  // namespace seqrec::nn
