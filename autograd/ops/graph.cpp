#include "autograd/ops/graph.h"

#include "kernels/copy.h"
#include "kernels/graph.h"

namespace seqrec::autograd {

Variable gated_graph_cell(const Variable& incoming, const Variable& outgoing, const Variable& recurrent,
                          const Variable& hidden, const Variable& bias, const Graph& graph) {
  require<ShapeError>(hidden.value().rank() == 2, "[gated_graph_cell] expected hidden [rows, width], got ",
                      hidden.shape());
  const Tensor kept = kernels::contiguous(recurrent.value()), h = kernels::contiguous(hidden.value());
  const std::int64_t width = h.size(1);
  Tensor gates({graph.nodes(), 3 * width}, h.dtype(), h.device()), out({graph.nodes(), width}, h.dtype(), h.device());
  kernels::gated_graph_cell(incoming.value(), outgoing.value(), kept, h, bias.value(), graph, gates, out);
  return record("gated_graph_cell", {incoming, outgoing, recurrent, hidden, bias}, out,
                [kept, h, gates, graph, bias_shape = bias.shape()](Backward& b) {
                  Tensor grads[] = {empty_like(kept), empty_like(kept), empty_like(kept), empty_like(h),
                                    Tensor(bias_shape, h.dtype(), h.device())};
                  kernels::gated_graph_cell_backward(b.grad(), kept, h, gates, graph, grads[0], grads[1], grads[2],
                                                     grads[3], grads[4]);
                  for (std::size_t i = 0; i < std::size(grads); ++i)
                    if (b.needs(i)) b.give(i, grads[i]);
                });
}

}  // namespace seqrec::autograd
