#include "kernels/softmax.h"

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/softmax.h"

namespace seqrec::kernels::cpu {

/// Calls each(first place, width) for every row of a tensor like `rows`, in parallel.
template <class F>
static void for_rows(const Tensor& rows, F&& each) {
  const std::int64_t width = rows.shape().back();
  if (width == 0) return;
  for_ranges(rows.numel() / width, row_grain(4 * width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) each(i * width, width);
  });
}

void softmax(const Tensor& x, Tensor& y) {
  visit_float(x.dtype(), "softmax", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    for_rows(y, [&](std::int64_t i, std::int64_t n) { softmax_row<T>(n, source.data<T>() + i, y.data<T>() + i); });
  });
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(y.dtype(), "softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor ys = dense(y), grads = dense(grad_y);
    for_rows(grad_x, [&](std::int64_t i, std::int64_t n) {
      softmax_backward_row<T>(n, ys.data<T>() + i, grads.data<T>() + i, grad_x.data<T>() + i);
    });
  });
}

void log_softmax(const Tensor& x, Tensor& y) {
  visit_float(x.dtype(), "log_softmax", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    for_rows(y, [&](std::int64_t i, std::int64_t n) { log_softmax_row<T>(n, source.data<T>() + i, y.data<T>() + i); });
  });
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(y.dtype(), "log_softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor ys = dense(y), grads = dense(grad_y);
    for_rows(grad_x, [&](std::int64_t i, std::int64_t n) {
      log_softmax_backward_row<T>(n, ys.data<T>() + i, grads.data<T>() + i, grad_x.data<T>() + i);
    });
  });
}

}  // namespace seqrec::kernels::cpu
