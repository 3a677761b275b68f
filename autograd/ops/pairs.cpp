#include "autograd/ops/pairs.h"

#include "kernels/copy.h"
#include "kernels/pairs.h"

namespace seqrec::autograd {

Variable window_pairs(const Variable& queries, const Variable& keys, const Windows& windows) {
  require<ShapeError>(queries.value().rank() == 2, "[window_pairs] expected queries [windows, width], got ",
                      queries.shape());
  const Tensor q = kernels::contiguous(queries.value()), k = kernels::contiguous(keys.value());
  Tensor pairs({windows.entries(), 3 * q.size(1)}, q.dtype(), q.device());
  kernels::window_pairs(q, k, windows, pairs);
  return record("window_pairs", {queries, keys}, pairs, [q, k, windows](Backward& b) {
    Tensor grad_q = empty_like(q), grad_k = empty_like(k);
    kernels::window_pairs_backward(q, k, windows, b.grad(), grad_q, grad_k);
    b.give(0, grad_q);
    b.give(1, grad_k);
  });
}

}  // namespace seqrec::autograd
