#include "kernels/cpu/simd/softmax.h"

#include "kernels/cpu/simd/lanes.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/cpu/simd/rows.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// The sum of exp(x - max), by blocks; y = exp(x - max) where y is not null.
template <class T>
double exp_sum(std::int64_t n, const T* x, T max, T* y) {
  constexpr std::int64_t kBlock = 1024;
  double sum = 0;
  for (std::int64_t i = 0; i < n; i += kBlock)
    sum += row_exp<T>(n - i < kBlock ? n - i : kBlock, x + i, max, 1, y ? y + i : nullptr);
  return sum;
}

}  // namespace

template <class T>
void softmax_row(std::int64_t n, const T* x, T* y) {
  const double sum = exp_sum<T>(n, x, row_max<T>(n, x), y);
  row_scale<T>(n, T(1 / sum), y, y);
}

template <class T>
void log_softmax_row(std::int64_t n, const T* x, T* y) {
  const T max = row_max<T>(n, x), shift = T(__builtin_log(exp_sum<T>(n, x, max, nullptr)));
  map(
      x, n, y, [&](Vector<T> v) __attribute__((always_inline)) { return (v - max) - shift; });
}

template <class T>
void softmax_backward_row(std::int64_t n, const T* y, const T* grad_y, T* grad_x) {
  const T mean = T(dot<T>(n, y, grad_y));
  for_vectors<T>(
      n, [&](std::int64_t i, std::int64_t count) __attribute__((always_inline)) {
        store_some(grad_x + i, load_some(y + i, count) * (load_some(grad_y + i, count) - mean), count);
      });
}

template <class T>
void log_softmax_backward_row(std::int64_t n, const T* y, const T* grad_y, T* grad_x) {
  const T sum = T(element_sum<T>(n, grad_y));
  for_vectors<T>(
      n, [&](std::int64_t i, std::int64_t count) __attribute__((always_inline)) {
        store_some(grad_x + i, load_some(grad_y + i, count) - exp<T>(load_some(y + i, count)) * sum, count);
      });
}

SEQREC_SIMD_INSTANTIATE(softmax_row)
SEQREC_SIMD_INSTANTIATE(softmax_backward_row)
SEQREC_SIMD_INSTANTIATE(log_softmax_row)
SEQREC_SIMD_INSTANTIATE(log_softmax_backward_row)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
