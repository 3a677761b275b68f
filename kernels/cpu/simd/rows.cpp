#include "kernels/cpu/simd/rows.h"

#include "kernels/cpu/simd/math.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// A row's last elements as a vector, and back.
template <class T>
Vector<T> load_some(const T* x, std::int64_t n, T fill) {
  T values[kLanes<T>];
  for (std::int64_t i = 0; i < kLanes<T>; ++i) values[i] = i < n ? x[i] : fill;
  return load(values);
}
template <class T>
void store_some(T* x, std::int64_t n, Vector<T> v) {
  T values[kLanes<T>];
  store(values, v);
  for (std::int64_t i = 0; i < n; ++i) x[i] = values[i];
}

/// Calls f(get, put) for each vector of a row: get(x, fill) reads it from x, put(y, v) writes it to y; beyond the row's
/// end is `fill`, and nothing is written.
template <class T, class F>
inline __attribute__((always_inline)) void for_vectors(std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>)
    f([&](const T* x, T) { return load(x + i); }, [&](T* x, Vector<T> v) { store(x + i, v); });
  if (i < n)
    f([&](const T* x, T fill) { return load_some(x + i, n - i, fill); },
      [&](T* x, Vector<T> v) { store_some(x + i, n - i, v); });
}

template <class T>
constexpr T kInfinity = static_cast<T>(__builtin_inf());

}  // namespace

template <class T>
T row_max(std::int64_t n, const T* x) {
  Vector<T> most = Vector<T>{} - kInfinity<T>;
  for_vectors<T>(n, [&](auto get, auto) {
    const Vector<T> v = get(x, -kInfinity<T>);
    most = larger<T>(most, v);
  });
  T out = most[0];
  for (int i = 1; i < kLanes<T>; ++i) out = most[i] > out ? most[i] : out;
  return out;
}

template <class T>
double row_exp(std::int64_t n, const T* x, T shift, T scale, T* out) {
  Vector<T> sum{};
  if (out) {
    for_vectors<T>(n, [&](auto get, auto put) {
      const Vector<T> e = exp<T>(get(x, -kInfinity<T>) - shift);
      sum += e;
      put(out, scale * e);
    });
  } else {
    for_vectors<T>(n, [&](auto get, auto) { sum += exp<T>(get(x, -kInfinity<T>) - shift); });
  }
  double total = 0;
  for (int i = 0; i < kLanes<T>; ++i) total += sum[i];
  return total;
}

template <class T>
void row_scale(std::int64_t n, T scale, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = scale * x[i];
}

template <class T>
void row_add(std::int64_t n, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += x[i];
}

template <class T>
void row_logistic_loss(std::int64_t n, const T* x, const T* t, T* losses) {
  for_vectors<T>(n, [&](auto get, auto put) {
    const Vector<T> v = get(x, 0);
    put(losses, larger<T>(v, Vector<T>{}) - v * get(t, 0) + log1p_of_unit<T>(exp<T>(-absolute<T>(v))));
  });
}

template <class T>
void row_logistic_loss_backward(std::int64_t n, const T* x, const T* t, const T* grad_losses, T* grad_x) {
  for_vectors<T>(n,
                 [&](auto get, auto put) { put(grad_x, get(grad_losses, 0) * (sigmoid<T>(get(x, 0)) - get(t, 0))); });
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
    for (std::int64_t i = 0; i < kStep; ++i) found |= !(x[begin + i] <= bar);
    if (found) break;
  }
  while (begin < n && x[begin] <= bar) ++begin;
  return begin;
}

SEQREC_SIMD_INSTANTIATE(row_max)
SEQREC_SIMD_INSTANTIATE(row_exp)
SEQREC_SIMD_INSTANTIATE(row_scale)
SEQREC_SIMD_INSTANTIATE(row_add)
SEQREC_SIMD_INSTANTIATE(row_logistic_loss)
SEQREC_SIMD_INSTANTIATE(row_logistic_loss_backward)
SEQREC_SIMD_INSTANTIATE(row_count_greater)
SEQREC_SIMD_INSTANTIATE(row_count_not_less)
SEQREC_SIMD_INSTANTIATE(row_find_greater)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
