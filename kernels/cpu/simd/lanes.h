#pragma once

#include <cstdint>
#include <utility>

#include "kernels/cpu/simd/math.h"

/// Loops over consecutive elements by whole vectors, the last one in part. What an element becomes doesn't depend on
/// its place, so ranges may be cut anywhere. Included by kernels/cpu/simd/*.cpp alone.
namespace seqrec::kernels::cpu::SEQREC_SIMD {

#if defined(__AVX512F__)

SEQREC_INLINE Vector<float> load_part(const float* x, std::int64_t n) {
  return (Vector<float>)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), x);
}
SEQREC_INLINE Vector<double> load_part(const double* x, std::int64_t n) {
  return (Vector<double>)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), x);
}
SEQREC_INLINE void store_part(float* x, Vector<float> v, std::int64_t n) {
  _mm512_mask_storeu_ps(x, (__mmask16)((1u << n) - 1), (__m512)v);
}
SEQREC_INLINE void store_part(double* x, Vector<double> v, std::int64_t n) {
  _mm512_mask_storeu_pd(x, (__mmask8)((1u << n) - 1), (__m512d)v);
}

#elif defined(__AVX2__)

SEQREC_INLINE __m256i part_mask(float, std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
SEQREC_INLINE __m256i part_mask(double, std::int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
SEQREC_INLINE Vector<float> load_part(const float* x, std::int64_t n) {
  return (Vector<float>)_mm256_maskload_ps(x, part_mask(0.0f, n));
}
SEQREC_INLINE Vector<double> load_part(const double* x, std::int64_t n) {
  return (Vector<double>)_mm256_maskload_pd(x, part_mask(0.0, n));
}
SEQREC_INLINE void store_part(float* x, Vector<float> v, std::int64_t n) {
  _mm256_maskstore_ps(x, part_mask(0.0f, n), (__m256)v);
}
SEQREC_INLINE void store_part(double* x, Vector<double> v, std::int64_t n) {
  _mm256_maskstore_pd(x, part_mask(0.0, n), (__m256d)v);
}

#else

/// The first n < kLanes elements, 0 after them.
template <class T>
SEQREC_INLINE Vector<T> load_part(const T* x, std::int64_t n) {
  Vector<T> v{};
  for (std::int64_t i = 0; i < n; ++i) v[i] = x[i];
  return v;
}
template <class T>
SEQREC_INLINE void store_part(T* x, Vector<T> v, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = v[i];
}

#endif

/// Calls each(first place, how many) for every vector of [0, n): kLanes, less in the last.
template <class T, class F>
SEQREC_INLINE void for_vectors(std::int64_t n, F each) {
  std::int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) each(i, std::int64_t{kLanes<T>});
  if (i < n) each(i, n - i);
}
/// load and store of what for_vectors names; `count` is a constant to the compiler in the loop.
template <class T>
SEQREC_INLINE Vector<T> load_some(const T* x, std::int64_t count) {
  return count == kLanes<T> ? load(x) : load_part(x, count);
}
template <class T>
SEQREC_INLINE void store_some(T* x, Vector<T> v, std::int64_t count) {
  if (count == kLanes<T>) return store(x, v);
  store_part(x, v, count);
}
/// v in the first n lanes, `other` in the rest.
template <class T>
SEQREC_INLINE Vector<T> first_lanes(Vector<T> v, std::int64_t n, T other) {
  if (n == kLanes<T>) return v;
  Bits<T> lane;
  for (int l = 0; l < kLanes<T>; ++l) lane[l] = l;
  return lane < (typename Float<T>::Bits)n ? v : spread<T>(other);
}

/// y[i] = f(x[i]), f of a vector.
template <class T, class F>
SEQREC_INLINE void map(const T* x, std::int64_t n, T* y, F f) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count)
                        SEQREC_INLINED { store_some(y + i, f(load_some(x + i, count)), count); });
}

/// Lanes `first` + lane... of a vector.
template <int first, class V, int... lane>
SEQREC_INLINE auto some_lanes(V v, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(v, v, (first + lane)...);
}
/// f of all lanes, in pairs: of each with the one half a vector on, and so on.
template <class T, int lanes = kLanes<T>, class V, class F>
SEQREC_INLINE T fold_lanes(V v, F f) {
  if constexpr (lanes * sizeof(T) > 16) {
    constexpr std::make_integer_sequence<int, lanes / 2> half{};
    return fold_lanes<T, lanes / 2>(f(some_lanes<0>(v, half), some_lanes<lanes / 2>(v, half)), f);
  } else if constexpr (lanes == 4) {
    v = f(v, __builtin_shufflevector(v, v, 2, 3, 0, 1));
    return f(v, __builtin_shufflevector(v, v, 1, 0, 3, 2))[0];
  } else {
    return f(v, __builtin_shufflevector(v, v, 1, 0))[0];
  }
}

template <class T>
SEQREC_INLINE T lane_sum(Vector<T> v) {
  return fold_lanes<T>(v, [](auto a, auto b) { return a + b; });
}
/// The largest lane; none is NaN.
template <class T>
SEQREC_INLINE T lane_max(Vector<T> v) {
  return fold_lanes<T>(v, [](auto a, auto b) { return b > a ? b : a; });
}
/// The lanes' sum in double.
SEQREC_INLINE double lane_total(Vector<double> v) { return lane_sum<double>(v); }
SEQREC_INLINE double lane_total(Vector<float> v) {
  constexpr std::make_integer_sequence<int, kLanes<double>> half{};
  return lane_sum<double>(__builtin_convertvector(some_lanes<0>(v, half), Vector<double>) +
                          __builtin_convertvector(some_lanes<kLanes<double>>(v, half), Vector<double>));
}

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
