#include "kernels/cpu/simd/rows.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

template <class T>
constexpr T kInfinity = static_cast<T>(__builtin_inf());

}  // namespace

template <class T>
T row_max(std::int64_t n, const T* x) {
  Vector<T> most = spread<T>(-kInfinity<T>);
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) {
    most = larger<T>(most, first_lanes<T>(load_some(x + i, count), count, -kInfinity<T>));
  });
  return lane_max<T>(most);
}

template <class T>
double row_exp(std::int64_t n, const T* x, T shift, T scale, T* out) {
  Vector<T> sum{};
  const auto term = [&](std::int64_t i, std::int64_t count) {
    const Vector<T> e = exp_of_negative<T>(first_lanes<T>(load_some(x + i, count), count, shift) - shift);
    sum += first_lanes<T>(e, count, T(0));
    return e;
  };
  if (out)
    for_vectors<T>(n,
                   [&](std::int64_t i, std::int64_t count) { store_some<T>(out + i, scale * term(i, count), count); });
  else
    for_vectors<T>(n, term);
  return lane_total(sum);
}

template <class T>
void row_scale(std::int64_t n, T scale, const T* x, T* y) {
  map(x, n, y, [&](Vector<T> v) { return scale * v; });
}

template <class T>
void row_add(std::int64_t n, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += x[i];
}

template <class T>
void row_multiply(std::int64_t n, const T* a, const T* b, T* y) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) {
    store_some<T>(y + i, load_some(a + i, count) * load_some(b + i, count), count);
  });
}

template <class T>
void row_logistic_loss(std::int64_t n, const T* x, const T* t, T* losses) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) {
    const Vector<T> v = load_some(x + i, count);
    const Vector<T> tail = log1p_of_unit<T>(exp_of_negative<T>(-absolute<T>(v)));
    store_some<T>(losses + i, larger<T>(v, Vector<T>{}) - v * load_some(t + i, count) + tail, count);
  });
}

template <class T>
void row_logistic_loss_backward(std::int64_t n, const T* x, const T* t, const T* grad_losses, T* grad_x) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) {
    const Vector<T> error = sigmoid<T>(load_some(x + i, count)) - load_some(t + i, count);
    store_some<T>(grad_x + i, load_some(grad_losses + i, count) * error, count);
  });
}

template <class T>
double row_softplus(std::int64_t n, const T* x, T* out) {
  Vector<T> sum{};
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) {
    const Vector<T> v = load_some(x + i, count);
    sum +=
        first_lanes<T>(larger<T>(v, Vector<T>{}) + log1p_of_unit<T>(exp_of_negative<T>(-absolute<T>(v))), count, T(0));
    if (out) store_some<T>(out + i, sigmoid<T>(v), count);
  });
  return lane_total(sum);
}

template <class T>
std::int64_t row_count_greater(std::int64_t n, const T* x, T bar) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += x[i] > bar;
  return count;
}

template <class T>
std::int64_t row_count_not_less(std::int64_t n, const T* x, T bar) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += x[i] >= bar;
  return count;
}

template <class T>
std::int64_t row_find_greater(std::int64_t begin, std::int64_t n, const T* x, T bar) {
  constexpr std::int64_t kStep = 4 * kLanes<T>;
  for (; begin + kStep <= n; begin += kStep) {
    int found = 0;
    for (std::int64_t i = 0; i < kStep; ++i) found |= x[begin + i] > bar;
    if (found) break;
  }
  while (begin < n && !(x[begin] > bar)) ++begin;
  return begin;
}

SEQREC_SIMD_INSTANTIATE(row_max)
SEQREC_SIMD_INSTANTIATE(row_exp)
SEQREC_SIMD_INSTANTIATE(row_scale)
SEQREC_SIMD_INSTANTIATE(row_add)
SEQREC_SIMD_INSTANTIATE(row_multiply)
SEQREC_SIMD_INSTANTIATE(row_logistic_loss)
SEQREC_SIMD_INSTANTIATE(row_logistic_loss_backward)
SEQREC_SIMD_INSTANTIATE(row_softplus)
SEQREC_SIMD_INSTANTIATE(row_count_greater)
SEQREC_SIMD_INSTANTIATE(row_count_not_less)
SEQREC_SIMD_INSTANTIATE(row_find_greater)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
