#include "autograd/ops/cross_entropy.h"

#include "kernels/copy.h"
#include "kernels/cross_entropy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {

// l = lse(x) - x_t: dx = dl (softmax(x) - onehot(t))
Variable cross_entropy(const Variable& logits, const Index& targets) {
  const Tensor x = kernels::contiguous(logits.value());
  Tensor losses({targets.size()}, x.dtype(), x.device());
  kernels::cross_entropy(x, targets, losses);
  return record("cross_entropy", {logits}, losses, [x, targets](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::cross_entropy_backward(x, targets, b.grad(), grad);
    b.give(0, grad);
  });
}

// With p = softmax(h E^T) - onehot(t): dh = dl / rows p E, dE = dl / rows p^T h, both made with the forward
Variable catalogue_cross_entropy(const Variable& hidden, const Variable& table, const Index& targets) {
  require<ShapeError>(targets.size() > 0, "[catalogue_cross_entropy] needs at least one row");
  const Tensor h = kernels::contiguous(hidden.value()), e = kernels::contiguous(table.value());
  const bool keep = recording();
  Tensor losses({targets.size()}, h.dtype(), h.device());
  Tensor grad_hidden = keep && hidden.requires_grad() ? empty_like(h) : Tensor();
  Tensor grad_table = keep && table.requires_grad() ? empty_like(e) : Tensor();
  kernels::catalogue_cross_entropy(h, e, targets, losses, grad_hidden, grad_table);
  const double scale = 1.0 / static_cast<double>(targets.size());
  Tensor loss({1}, h.dtype(), h.device());
  kernels::sum(losses, loss);
  kernels::affine(scale, 0.0, loss, loss);
  return record("catalogue_cross_entropy", {hidden, table}, loss.reshape({}),
                [grad_hidden, grad_table, scale](Backward& b) {
                  Tensor factor = empty_like(b.grad());
                  kernels::affine(scale, 0.0, b.grad(), factor);
                  std::size_t input = 0;
                  for (Tensor grad : {grad_hidden, grad_table}) {
                    if (grad.defined()) {
                      kernels::binary(kernels::Binary::Mul, grad, factor, grad);
                      b.give(input, grad);
                    }
                    ++input;
                  }
                });
}

// l = max(x, 0) - x t + log(1 + exp(-|x|)): dx = dl (sigmoid(x) - t)
Variable binary_cross_entropy(const Variable& logits, const Tensor& targets) {
  const Tensor x = kernels::contiguous(logits.value());
  Tensor losses = empty_like(x);
  kernels::binary_cross_entropy(x, targets, losses);
  return record("binary_cross_entropy", {logits}, losses, [x, targets](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::binary_cross_entropy_backward(x, targets, b.grad(), grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd
