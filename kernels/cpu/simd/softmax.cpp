#include "kernels/cpu/simd/softmax.h"

#include "kernels/cpu/simd/lanes.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/cpu/simd/rows.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

constexpr std::int64_t kSoftmaxBlock = 1024;  // elements that are summed in T before the sum goes on in double

/// The sum of exp(x - max).
template <class T>
double exp_sum(std::int64_t n, const T* x, T max) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; i += kSoftmaxBlock)
    sum += row_exp<T>(n - i < kSoftmaxBlock ? n - i : kSoftmaxBlock, x + i, max, 1, nullptr);
  return sum;
}

}  // namespace

// What a row has beyond whole vectors stays in a register from first to last: part of a vector, just stored, is slow to
// load.
template <class T>
void softmax_row(std::int64_t n, const T* x, T* y) {
  const std::int64_t rest = n % kLanes<T>, whole = n - rest;
  Vector<T> last = spread<T>(-T(__builtin_inf()));
  if (rest > 0) last = first_lanes<T>(load_part(x + whole, rest), rest, -T(__builtin_inf()));
  Vector<T> most = last;
  for (std::int64_t i = 0; i < whole; i += kLanes<T>) most = larger<T>(most, load(x + i));
  const T max = lane_max<T>(most);

  double sum = 0;
  Vector<T> block{};
  if (rest > 0) {
    last = exp_of_negative<T>(first_lanes<T>(last, rest, max) - max);  // not of -infinity: subnormal results take time
    block = last = first_lanes<T>(last, rest, T(0));
  }
  std::int64_t i = 0;
  do {
    const std::int64_t end = whole - i < kSoftmaxBlock ? whole : i + kSoftmaxBlock;
    for (; i < end; i += kLanes<T>) {
      const Vector<T> e = exp_of_negative<T>(load(x + i) - max);
      store(y + i, e);
      block += e;
    }
    sum += lane_total(block);
    block = Vector<T>{};
  } while (i < whole);

  const T scale = T(1 / sum);
  for (std::int64_t i = 0; i < whole; i += kLanes<T>) store<T>(y + i, scale * load(y + i));
  if (rest > 0) store_part(y + whole, scale * last, rest);
}

template <class T>
void log_softmax_row(std::int64_t n, const T* x, T* y) {
  const T max = row_max<T>(n, x), shift = T(__builtin_log(exp_sum<T>(n, x, max)));
  map(x, n, y, [&](Vector<T> v) SEQREC_INLINED { return (v - max) - shift; });
}

template <class T>
void softmax_backward_row(std::int64_t n, const T* y, const T* grad_y, T* grad_x) {
  const T mean = T(dot<T>(n, y, grad_y));
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    store_some(grad_x + i, load_some(y + i, count) * (load_some(grad_y + i, count) - mean), count);
  });
}

template <class T>
void log_softmax_backward_row(std::int64_t n, const T* y, const T* grad_y, T* grad_x) {
  const T sum = T(element_sum<T>(n, grad_y));
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    store_some(grad_x + i, load_some(grad_y + i, count) - exp_of_negative<T>(load_some(y + i, count)) * sum, count);
  });
}

SEQREC_SIMD_INSTANTIATE(softmax_row)
SEQREC_SIMD_INSTANTIATE(softmax_backward_row)
SEQREC_SIMD_INSTANTIATE(log_softmax_row)
SEQREC_SIMD_INSTANTIATE(log_softmax_backward_row)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
