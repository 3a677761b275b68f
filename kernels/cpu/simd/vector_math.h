#pragma once

#include "kernels/cpu/simd/vector.h"

/// exp and log1p on a vector of the variant being compiled. NaN stays NaN. Included by kernels/cpu/simd/*.cpp alone.
namespace seqrec::kernels::cpu::SEQREC_SIMD {

template <class T>
struct ExpConstants;

/// Cody-Waite reduction and the minimax polynomial of Cephes' expf: within 2 ulp.
template <>
struct ExpConstants<float> {
  typedef std::int32_t Integer;
  static constexpr float kLeast = -104, kMost = 89;  // beyond: exactly 0 and infinity
  static constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  static constexpr float kRound = 12582912;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr int kMantissa = 23, kBias = 127;
  static constexpr float kPolynomial[] = {
      1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f, 1, 1};
};

/// The Taylor polynomial: on |r| <= ln 2 / 2 its remainder is below 1e-17.
template <>
struct ExpConstants<double> {
  typedef std::int64_t Integer;
  static constexpr double kLeast = -746, kMost = 710;
  static constexpr double kLn2High = 6.93145751953125e-1, kLn2Low = 1.42860682030941723212e-6;
  static constexpr double kRound = 6755399441055744;  // 1.5 * 2^52
  static constexpr int kMantissa = 52, kBias = 1023;
  static constexpr double kPolynomial[] = {
      1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320, 1. / 5040,
      1. / 720,        1. / 120,       1. / 24,       1. / 6,       1. / 2,      1,          1};
};

template <class T>
inline __attribute__((always_inline)) Vector<T> exp(Vector<T> x) {
  using C = ExpConstants<T>;
  typedef typename VectorOf<typename C::Integer>::type Integers;
  x = x < C::kLeast ? Vector<T>{} + C::kLeast : x;
  x = x > C::kMost ? Vector<T>{} + C::kMost : x;
  const Vector<T> shifted = x * static_cast<T>(1.44269504088896341) + C::kRound;
  const Vector<T> n = shifted - C::kRound;
  const Vector<T> r = (x - n * C::kLn2High) - n * C::kLn2Low;
  Vector<T> p = Vector<T>{} + C::kPolynomial[0];
#pragma GCC unroll 16
  for (unsigned i = 1; i < sizeof C::kPolynomial / sizeof(T); ++i) p = p * r + C::kPolynomial[i];
  // 2^n in two factors, so that what is denormal or infinite comes out as such.
  const Integers exponent = (Integers)shifted - (Integers)(Vector<T>{} + C::kRound);
  const Integers half = exponent >> 1;
  const Vector<T> first = (Vector<T>)((half + C::kBias) << C::kMantissa);
  const Vector<T> second = (Vector<T>)((exponent - half + C::kBias) << C::kMantissa);
  return p * first * second;
}

/// log(1 + e) for e in [0, 1], by 2 artanh(s), s = e / (2 + e) <= 1 / 3: exact to some ulp also where e is tiny.
template <class T>
inline __attribute__((always_inline)) Vector<T> log1p_unit(Vector<T> e) {
  constexpr int kTerms = sizeof(T) == 4 ? 9 : 17;
  const Vector<T> s = e / (e + T{2}), square = s * s;
  Vector<T> sum = Vector<T>{} + T{2} / (2 * kTerms - 1);
#pragma GCC unroll 16
  for (int i = kTerms - 2; i >= 0; --i) sum = sum * square + T{2} / (2 * i + 1);
  return sum * s;
}

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
