#include "autograd/ops/gru.h"

#include <utility>

#include "kernels/copy.h"

namespace seqrec::autograd {

Variable gru(kernels::GruCell cell, const Variable& input, const Variable& scores, const Windows& windows,
             const Variable& w_hh, const Variable& b_ih, const Variable& b_hh) {
  const bool scored = cell != kernels::GruCell::Gru;
  require<ShapeError>(w_hh.value().rank() == 2, "[gru] w_hh: expected [3 width, width], got ", w_hh.shape());
  require<ShapeError>(scores.defined() == scored, "[gru] scores: expected ", scored ? "some" : "none",
                      " for this cell");
  const std::int64_t width = w_hh.shape()[1];
  const Tensor x = kernels::contiguous(input.value()), w = kernels::contiguous(w_hh.value());
  const Tensor a = scored ? kernels::contiguous(scores.value()) : Tensor();
  Tensor states({windows.entries(), width}, x.dtype(), x.device()), gates;
  if (recording()) gates = Tensor({windows.entries(), 4 * width}, x.dtype(), x.device());
  kernels::gru(cell, x, a, windows, w, b_ih.value(), b_hh.value(), states, gates);
  std::vector<Variable> inputs{input, w_hh, b_ih, b_hh};
  if (scored) inputs.push_back(scores);
  return record("gru", std::span(std::as_const(inputs)), states, [cell, x, a, windows, w, states, gates](Backward& b) {
    Tensor grad_input = empty_like(x), grad_w = empty_like(w), grad_scores = a.defined() ? empty_like(a) : a;
    Tensor grad_bi({w.size(0)}, w.dtype(), w.device()), grad_bh = empty_like(grad_bi);
    kernels::gru_backward(cell, x, a, windows, w, states, gates, b.grad(), grad_input, grad_scores, grad_w, grad_bi,
                          grad_bh);
    b.give(0, grad_input);
    b.give(1, grad_w);
    b.give(2, grad_bi);
    b.give(3, grad_bh);
    if (a.defined()) b.give(4, grad_scores);
  });
}

}  // namespace seqrec::autograd
