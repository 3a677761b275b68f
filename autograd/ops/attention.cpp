#include "autograd/ops/attention.h"

#include "kernels/copy.h"

namespace seqrec::autograd {

Variable window_attention(const Variable& q, const Variable& k, const Variable& v, const Windows& windows,
                          std::int64_t heads, const kernels::Drop& drop) {
  const Tensor query = kernels::contiguous(q.value()), key = kernels::contiguous(k.value()),
               value = kernels::contiguous(v.value());
  Tensor out = empty_like(query);
  kernels::window_attention(query, key, value, windows, heads, drop, out);
  return record("window_attention", {q, k, v}, out, [query, key, value, windows, heads, drop](Backward& b) {
    Tensor grad_q = empty_like(query), grad_k = empty_like(key), grad_v = empty_like(value);
    kernels::window_attention_backward(query, key, value, windows, heads, drop, b.grad(), grad_q, grad_k, grad_v);
    b.give(0, grad_q);
    b.give(1, grad_k);
    b.give(2, grad_v);
  });
}

}  // namespace seqrec::autograd
