#include "kernels/softmax.h"

#include "kernels/copy.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/softmax.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

/// Calls each(first place, width) for every row of a tensor like `rows`, in parallel.
template <class F>
static void for_last_axis(const Tensor& rows, F&& each) {
  const std::int64_t width = rows.shape().back();
  if (width > 0) for_rows(rows.numel() / width, 4 * width, [&](std::int64_t i) { each(i * width, width); });
}

void softmax(const Tensor& x, Tensor& y) {
  visit_real(x.dtype(), "softmax", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    for_last_axis(y, [&](std::int64_t i, std::int64_t n) { softmax_row<T>(n, source.data<T>() + i, y.data<T>() + i); });
  });
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_real(y.dtype(), "softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor ys = contiguous(y), grads = contiguous(grad_y);
    for_last_axis(grad_x, [&](std::int64_t i, std::int64_t n) {
      softmax_backward_row<T>(n, ys.data<T>() + i, grads.data<T>() + i, grad_x.data<T>() + i);
    });
  });
}

void log_softmax(const Tensor& x, Tensor& y) {
  visit_real(x.dtype(), "log_softmax", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    for_last_axis(
        y, [&](std::int64_t i, std::int64_t n) { log_softmax_row<T>(n, source.data<T>() + i, y.data<T>() + i); });
  });
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_real(y.dtype(), "log_softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor ys = contiguous(y), grads = contiguous(grad_y);
    for_last_axis(grad_x, [&](std::int64_t i, std::int64_t n) {
      log_softmax_backward_row<T>(n, ys.data<T>() + i, grads.data<T>() + i, grad_x.data<T>() + i);
    });
  });
}

}  // namespace seqrec::kernels::cpu
