#include "nn/gated_graph_cell.h"

#include "autograd/ops/graph.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/shape.h"

namespace seqrec::nn {

using namespace autograd;

GatedGraphCell::GatedGraphCell(Scope at, std::int64_t width)
    : Module(at),
      linear_edge_in_(at / "linear_edge_in", width, width),
      linear_edge_out_(at / "linear_edge_out", width, width) {
  const Initial initial = uniform(fan_in_bound(width));
  w_ih_ = at.parameter("w_ih", {3 * width, 2 * width}, initial);
  w_hh_ = at.parameter("w_hh", {3 * width, width}, initial);
  b_ih_ = at.parameter("b_ih", {3 * width}, initial);
  b_hh_ = at.parameter("b_hh", {3 * width}, initial);
  b_iah_ = at.parameter("b_iah", {width}, initial);
  b_ioh_ = at.parameter("b_ioh", {width}, initial);
}

// All products are linear in h, so they are made once per row, however many nodes stand for it or have it as a
// neighbour: W_ih (mean of (W_e h + b_e) + b) is the mean of ((W_ih W_e) h + W_ih b_e), plus W_ih b.
Variable GatedGraphCell::operator()(const Variable& hidden, const Graph& graph) const {
  const std::int64_t width = w_hh_.shape()[1];
  const auto handed_on = [&](const Linear& edge, std::int64_t first) {
    const Variable part = slice(w_ih_, 1, first, first + width);
    return linear(hidden, matmul(part, edge.weight()), linear(edge.bias(), part, Variable()));
  };
  return gated_graph_cell(handed_on(linear_edge_in_, 0), handed_on(linear_edge_out_, width),
                          linear(hidden, w_hh_, b_hh_), hidden, linear(concat({b_iah_, b_ioh_}, 0), w_ih_, b_ih_),
                          graph);
}

}  // namespace seqrec::nn
