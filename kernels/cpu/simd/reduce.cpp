#include "kernels/cpu/simd/reduce.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// Elements that one lane adds up before its sum goes on in double.
constexpr std::int64_t kReduceBlock = 32;

/// The sum of term(i, count), vectors of T, over [i, end), in T.
template <class T, class F>
SEQREC_INLINE T block_sum(std::int64_t i, std::int64_t end, F term) {
  constexpr std::int64_t lanes = kLanes<T>;
  Vector<T> sum{};
  if (end - i >= 4 * lanes) {
    Vector<T> sums[4] = {};
    for (; i + 4 * lanes <= end; i += 4 * lanes)
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) sums[k] += term(i + k * lanes, lanes);
    sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  for_vectors<T>(end - i, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED { sum += term(i + j, count); });
  return lane_sum<T>(sum);
}

/// The same over [0, n): blocks in T, their sum in double.
template <class T, class F>
SEQREC_INLINE double blocked_sum(std::int64_t n, F term) {
  constexpr std::int64_t kElements = kReduceBlock * 4 * kLanes<T>;
  if (n <= kElements) return block_sum<T>(0, n, term);
  double total = 0;
  for (std::int64_t i = 0; i < n; i += kElements) total += block_sum<T>(i, n - i < kElements ? n : i + kElements, term);
  return total;
}

}  // namespace

template <class T>
double element_sum(std::int64_t n, const T* x) {
  return blocked_sum<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED { return load_some(x + i, count); });
}

template <class T>
double square_sum(std::int64_t n, const T* x) {
  return dot<T>(n, x, x);
}

template <class T>
double square_distance(std::int64_t n, const T* x, T from) {
  return blocked_sum<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    const Vector<T> d = first_lanes<T>(load_some(x + i, count) - from, count, T(0));
    return d * d;
  });
}

template <class T>
double dot(std::int64_t n, const T* x, const T* y) {
  return blocked_sum<T>(n, [&](std::int64_t i, std::int64_t count)
                               SEQREC_INLINED { return load_some(x + i, count) * load_some(y + i, count); });
}

template <class T>
void add_column_sums(std::int64_t rows, std::int64_t width, const T* x, std::int64_t stride, double* sums) {
  for (std::int64_t first = 0; first < rows; first += kReduceBlock) {
    const std::int64_t last = first + kReduceBlock < rows ? first + kReduceBlock : rows;
    std::int64_t j = 0;
    for (; j + 4 * kLanes<T> <= width; j += 4 * kLanes<T>) {
      Vector<T> block[4] = {};
      for (std::int64_t i = first; i < last; ++i)
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) block[k] += load(x + i * stride + j + k * kLanes<T>);
      T lanes[4 * kLanes<T>];
      for (int k = 0; k < 4; ++k) store(lanes + k * kLanes<T>, block[k]);
      for (int l = 0; l < 4 * kLanes<T>; ++l) sums[j + l] += lanes[l];
    }
    for_vectors<T>(width - j, [&](std::int64_t c, std::int64_t count) SEQREC_INLINED {
      Vector<T> block{};
      for (std::int64_t i = first; i < last; ++i) block += load_some(x + i * stride + j + c, count);
      for (std::int64_t l = 0; l < count; ++l) sums[j + c + l] += block[l];
    });
  }
}

template <class T>
bool all_finite(std::int64_t n, const T* x) {
  Vector<T> sum{};  // x - x is 0, or NaN where x is not finite
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    const Vector<T> v = load_some(x + i, count);
    sum += v - v;
  });
  return lane_sum<T>(sum) == 0;
}

template <class T>
std::int64_t max_place(std::int64_t n, const T* x) {
  Vector<T> most = spread<T>(-T(__builtin_inf())), sum{};
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    const Vector<T> v = first_lanes<T>(load_some(x + i, count), count, -T(__builtin_inf()));
    most = larger<T>(most, v);
    sum += v != v ? v : Vector<T>{};
  });
  std::int64_t place = 0;
  if (lane_sum<T>(sum) == 0) {
    const T best = lane_max<T>(most);
    while (x[place] != best) ++place;
  } else {
    while (x[place] == x[place]) ++place;
  }
  return place;
}

SEQREC_SIMD_INSTANTIATE(element_sum)
SEQREC_SIMD_INSTANTIATE(square_sum)
SEQREC_SIMD_INSTANTIATE(square_distance)
SEQREC_SIMD_INSTANTIATE(dot)
SEQREC_SIMD_INSTANTIATE(add_column_sums)
SEQREC_SIMD_INSTANTIATE(all_finite)
SEQREC_SIMD_INSTANTIATE(max_place)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
