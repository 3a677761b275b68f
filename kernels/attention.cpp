#include "kernels/attention.h"

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_operands(const Arguments& arguments, const Tensor& q, const Tensor& k, const Tensor& v,
                           const Windows& windows, std::int64_t heads, const Drop& drop) {
  arguments.floating("q", q);
  arguments.rank("q", q, 2);
  arguments.input("q", q, {windows.size(), q.size(1)}, q.dtype());
  arguments.input("k", k, {windows.values(), q.size(1)}, q.dtype());
  arguments.input("v", v, k.shape(), q.dtype());
  require<ShapeError>(heads >= 1 && q.size(1) % heads == 0, "[", arguments.op,
                      "] heads: expected a divisor of the width ", q.size(1), ", got ", heads);
  require<UsageError>(drop.p >= 0 && drop.p < 1, "[", arguments.op, "] drop: expected a probability in [0, 1), got ",
                      drop.p);
}

void check::window_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                             std::int64_t heads, Drop drop, Tensor& out) {
  const Arguments arguments{"window_attention"};
  check_operands(arguments, q, k, v, windows, heads, drop);
  arguments.result("out", out, q.shape(), q.dtype());
}

void check::window_attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                                      std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q,
                                      Tensor& grad_k, Tensor& grad_v) {
  const Arguments arguments{"window_attention_backward"};
  check_operands(arguments, q, k, v, windows, heads, drop);
  arguments.input("grad_out", grad_out, q.shape(), q.dtype());
  arguments.result("grad_q", grad_q, q.shape(), q.dtype());
  arguments.result("grad_k", grad_k, k.shape(), q.dtype());
  arguments.result("grad_v", grad_v, k.shape(), q.dtype());
}

}  // namespace seqrec::kernels
