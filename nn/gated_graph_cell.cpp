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
  // In this order a step's gradients of the shared weights take the fewest kernels (docs/cuda.md).
  const Variable bias = shared_bias(), recurrent = linear(hidden, w_hh_, b_hh_);
  const HandedOn out = handed_on(linear_edge_out_, w_hh_.shape()[1]);
  const Variable outgoing = linear(hidden, out.weight, out.bias);
  const HandedOn in = handed_on(linear_edge_in_, 0);
  return gated_graph_cell(linear(hidden, in.weight, in.bias), outgoing, recurrent, hidden, bias, graph);
}

GatedGraphCell::HandedOn GatedGraphCell::handed_on(const Linear& edge, std::int64_t first) const {
  const Variable part = slice(w_ih_, 1, first, first + w_hh_.shape()[1]);
  const Variable bias = linear(edge.bias(), part, Variable());
  return {matmul(part, edge.weight()), bias};
}

Variable GatedGraphCell::shared_bias() const { return linear(concat({b_iah_, b_ioh_}, 0), w_ih_, b_ih_); }

void GatedGraphCell::freeze_alone() {
  const NoGrad no_grad;
  const HandedOn in = handed_on(linear_edge_in_, 0), out = handed_on(linear_edge_out_, w_hh_.shape()[1]);
  alone_in_ = {in.weight.value(), in.bias.value()};
  alone_out_ = {out.weight.value(), out.bias.value()};
  alone_recurrent_ = {w_hh_.value(), b_hh_.value()};
  alone_bias_ = shared_bias().value();
}

void GatedGraphCell::multiply_alone(std::int64_t rows, const float* hidden, const Products& to) const {
  alone_in_(rows, hidden, to.incoming);
  alone_out_(rows, hidden, to.outgoing);
  alone_recurrent_(rows, hidden, to.recurrent);
}

void GatedGraphCell::alone(std::span<const std::int32_t> nodes, const kernels::alone::Neighbours& incoming,
                           const kernels::alone::Neighbours& outgoing, const Products& products, const float* hidden,
                           Arena& arena, float* out) const {
  kernels::alone::gated_graph_cell(nodes, alone_recurrent_.in(), products.incoming, incoming, products.outgoing,
                                   outgoing, alone_bias_.data<float>(), products.recurrent, hidden, arena, out);
}

}  // namespace seqrec::nn
