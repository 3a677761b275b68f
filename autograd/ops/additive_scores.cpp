#include "autograd/ops/additive_scores.h"

#include "kernels/additive_scores.h"
#include "kernels/copy.h"

namespace seqrec::autograd {

Variable window_additive_scores(const Variable& queries, const Variable& keys, const Variable& vector,
                                const Index& rows, const Windows& windows) {
  const Tensor q = kernels::contiguous(queries.value()), k = kernels::contiguous(keys.value()),
               v = kernels::contiguous(vector.value());
  Tensor scores({windows.entries()}, k.dtype(), k.device());
  kernels::window_additive_scores(q, k, v, rows, windows, scores);
  return record("window_additive_scores", {queries, keys, vector}, scores, [q, k, v, rows, windows](Backward& b) {
    Tensor grad_q = empty_like(q), grad_k = empty_like(k), grad_v = empty_like(v);
    kernels::window_additive_scores_backward(b.grad(), q, k, v, rows, windows, grad_q, grad_k, grad_v);
    if (b.needs(0)) b.give(0, grad_q);
    if (b.needs(1)) b.give(1, grad_k);
    if (b.needs(2)) b.give(2, grad_v);
  });
}

}  // namespace seqrec::autograd
