#pragma once

#include <cstdint>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "kernels/cpu/simd/vector.h"

/// Elementary functions of whole vectors, in f32 and f64: within a few units in the last place, NaN in, NaN out,
/// infinite and subnormal results as they should be. Included by kernels/cpu/simd/*.cpp alone.
namespace seqrec::kernels::cpu::SEQREC_SIMD {

/// Figures of a floating type: its bits as integers, how many terms of a series it takes, and (kExp) the polynomial
/// closest to (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2.
template <class T>
struct Float;
template <>
struct Float<float> {
  using Bits = std::int32_t;
  static constexpr int kMantissa = 23, kBias = 127, kLogTerms = 6, kLog1pTerms = 9;
  static constexpr float kRound = 0x1.8p23f;  // adding it rounds to an integer, which stands in the low bits
  static constexpr double kExp[] = {0.00139262135, 0.00836320297, 0.0416665544, 0.166665768, 0.5};
  static constexpr float kExpLow = -104, kExpHigh = 89;
  static constexpr float kLn2High = 0x1.62e4p-1f, kLn2Low = 0x1.7f7d1cp-20f;
  static constexpr float kSmallestNormal = 0x1p-126f;
};
template <>
struct Float<double> {
  using Bits = std::int64_t;
  static constexpr int kMantissa = 52, kBias = 1023, kLogTerms = 12, kLog1pTerms = 17;
  static constexpr double kRound = 0x1.8p52;
  static constexpr double kExp[] = {2.51004241570050668e-8,   2.76201387197339956e-7,  2.75572683786841929e-6,
                                    0.0000248015211902177277, 0.000198412698631059687, 0.00138888889172817933,
                                    0.00833333333333005135,   0.0416666666666239915,   0.166666666666666675,
                                    0.500000000000000103};
  static constexpr double kExpLow = -746, kExpHigh = 710;
  static constexpr double kLn2High = 0x1.62e42fefap-1, kLn2Low = 0x1.cf79abc9e3b39p-40;
  static constexpr double kSmallestNormal = 0x1p-1022;
};

/// The bits of a vector of T.
template <class T>
struct BitsOf {
  typedef typename Float<T>::Bits type __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Bits = typename BitsOf<T>::type;

template <class T>
SEQREC_INLINE Vector<T> spread(T value) {
  return value - Vector<T>{};  // not +: -0 + 0 is 0
}
template <class T>
SEQREC_INLINE Bits<T> bits_of(Vector<T> x) {
  return (Bits<T>)x;
}

template <class T>
SEQREC_INLINE Vector<T> absolute(Vector<T> x) {
  return (Vector<T>)(bits_of<T>(x) & ~bits_of<T>(spread<T>(T(-0.0))));
}
/// |x| with the sign of `sign`.
template <class T>
SEQREC_INLINE Vector<T> with_sign(Vector<T> x, Vector<T> sign) {
  const Bits<T> mask = bits_of<T>(spread<T>(T(-0.0)));
  return (Vector<T>)((bits_of<T>(x) & ~mask) | (bits_of<T>(sign) & mask));
}

// What x86 has one instruction for, of singles (ps) and of doubles (pd): of y > x ? y : x GCC would make two or more.
// The masked forms, since the plain ones of GCC 12 read an undefined vector, and warn.
#if defined(__AVX512F__)
using Singles = __m512;
using Doubles = __m512d;
#define SEQREC_X86(name, type, ...) _mm512_maskz_##name##_##type(-1, __VA_ARGS__)
#elif defined(__AVX2__)
using Singles = __m256;
using Doubles = __m256d;
#define SEQREC_X86(name, type, ...) _mm256_##name##_##type(__VA_ARGS__)
#elif defined(__x86_64__)
using Singles = __m128;
using Doubles = __m128d;
#define SEQREC_X86(name, type, ...) _mm_##name##_##type(__VA_ARGS__)
#endif

/// The larger; x where y is NaN, NaN where x is.
template <class T>
SEQREC_INLINE Vector<T> larger(Vector<T> x, Vector<T> y) {
#ifndef __x86_64__
  return y > x ? y : x;
#else
  if constexpr (sizeof(T) == 4)
    return (Vector<T>)SEQREC_X86(max, ps, (Singles)y, (Singles)x);
  else
    return (Vector<T>)SEQREC_X86(max, pd, (Doubles)y, (Doubles)x);
#endif
}
template <class T>
SEQREC_INLINE Vector<T> smaller(Vector<T> x, Vector<T> y) {
#ifndef __x86_64__
  return y < x ? y : x;
#else
  if constexpr (sizeof(T) == 4)
    return (Vector<T>)SEQREC_X86(min, ps, (Singles)y, (Singles)x);
  else
    return (Vector<T>)SEQREC_X86(min, pd, (Doubles)y, (Doubles)x);
#endif
}
template <class T>
SEQREC_INLINE Vector<T> square_root(Vector<T> x) {
#ifndef __x86_64__
  for (int l = 0; l < kLanes<T>; ++l)
    x[l] = T(__builtin_sqrt(x[l]));  // exact: rounded once more, a double's root is a float's
  return x;
#else
  if constexpr (sizeof(T) == 4)
    return (Vector<T>)SEQREC_X86(sqrt, ps, (Singles)x);
  else
    return (Vector<T>)SEQREC_X86(sqrt, pd, (Doubles)x);
#endif
}

/// 2^n, for n within the normal exponents.
template <class T>
SEQREC_INLINE Vector<T> power_of_two(Bits<T> n) {
  return (Vector<T>)((n + Float<T>::kBias) << Float<T>::kMantissa);
}

template <class T, int N>
SEQREC_INLINE Vector<T> polynomial(Vector<T> x, const double (&coefficients)[N]) {
  Vector<T> p = spread<T>(T(coefficients[0]));
#pragma GCC unroll 16
  for (int k = 1; k < N; ++k) p = p * x + T(coefficients[k]);
  return p;
}
/// The same by pairs of terms: half as many steps wait for each other.
template <class T, int N>
SEQREC_INLINE Vector<T> polynomial_by_pairs(Vector<T> x, const double (&coefficients)[N]) {
  const Vector<T> square = x * x;
  Vector<T> p = spread<T>(T(coefficients[0]));
  if (N % 2 == 0) p = p * x + T(coefficients[1]);
#pragma GCC unroll 16
  for (int k = 2 - N % 2; k < N; k += 2) p = p * square + (T(coefficients[k]) * x + T(coefficients[k + 1]));
  return p;
}

inline constexpr double kLn2 = 0.69314718055994530942;

/// x = n ln 2 + r with |r| <= ln 2 / 2, and n + lift + the exponents' bias in the low bits of `exponent`.
template <class T>
struct Reduced {
  Vector<T> n, r;
  Bits<T> exponent;
  /// 2^(n + lift), where that is a normal number.
  SEQREC_INLINE Vector<T> power() const { return (Vector<T>)(exponent << Float<T>::kMantissa); }
  /// exp(r) - 1.
  SEQREC_INLINE Vector<T> expm1_r() const { return polynomial_by_pairs<T>(r, Float<T>::kExp) * (r * r) + r; }
};
template <class T>
SEQREC_INLINE Reduced<T> reduce_exp(Vector<T> x, int lift = 0) {
  using F = Float<T>;
  const T round = F::kRound + T(F::kBias + lift);
  const Vector<T> shifted = x * T(1 / kLn2) + round;
  const Vector<T> n = shifted - round;
  return {n, (x - n * F::kLn2High) - n * F::kLn2Low, bits_of<T>(shifted)};
}

#ifdef __AVX512F__
/// 2^n v, rounded once.
template <class T>
SEQREC_INLINE Vector<T> scaled(Vector<T> v, Vector<T> n) {
  if constexpr (sizeof(T) == 4)
    return (Vector<T>)SEQREC_X86(scalef, ps, (Singles)v, (Singles)n);
  else
    return (Vector<T>)SEQREC_X86(scalef, pd, (Doubles)v, (Doubles)n);
}
#endif

/// exp(x) for x <= 64.
template <class T>
SEQREC_INLINE Vector<T> exp_of_negative(Vector<T> x) {
  using F = Float<T>;
  constexpr int kLift = F::kMantissa + 3;  // 2^(n + lift) is normal where 2^n isn't, and the last product rounds once
  [[maybe_unused]] constexpr T kUnlift = T(1) / T(std::int64_t{1} << kLift);
  const Reduced<T> part = reduce_exp<T>(larger<T>(x, spread<T>(F::kExpLow)), kLift);
#ifdef __AVX512F__
  return scaled<T>(part.expm1_r() + T(1), part.n);
#else
  return (part.expm1_r() * part.power() + part.power()) * kUnlift;
#endif
}

template <class T>
SEQREC_INLINE Vector<T> exp(Vector<T> x) {
  using F = Float<T>;
  x = smaller<T>(x, spread<T>(F::kExpHigh));
#ifdef __AVX512F__
  return exp_of_negative<T>(x);
#else
  x = larger<T>(x, spread<T>(F::kExpLow));
  const Reduced<T> part = reduce_exp<T>(x);
  // Two factors: 2^n itself is not a normal number at either end.
  const Bits<T> n = part.exponent - bits_of<T>(spread<T>(F::kRound + T(F::kBias))), half = n >> 1;
  const Vector<T> factor = power_of_two<T>(half);
  return (part.expm1_r() * factor + factor) * power_of_two<T>(n - half);
#endif
}

/// 2 atanh(s) = log((1 + s) / (1 - s)) for small |s|: 2 s (1 + s^2 / 3 + s^4 / 5 + ...).
template <class T, int terms>
SEQREC_INLINE Vector<T> twice_atanh(Vector<T> s) {
  const Vector<T> square = s * s;
  Vector<T> p = spread<T>(T(2.0 / (2 * terms + 1)));
#pragma GCC unroll 32
  for (int k = terms - 1; k >= 1; --k) p = p * square + T(2.0 / (2 * k + 1));
  return p * square * s + T(2) * s;
}

template <class T>
SEQREC_INLINE Vector<T> log(Vector<T> x) {
  using F = Float<T>;
  constexpr T kLift = T(std::int64_t{1} << F::kMantissa);
  const Vector<T> positive = x > T(0) ? x : spread<T>(T(1));  // what isn't gets its result at the end
  const Bits<T> subnormal = positive < F::kSmallestNormal;
  const Vector<T> lifted = subnormal ? positive * kLift : positive;
  // lifted = 2^e m, m in [sqrt(1/2), sqrt(2)).
  const Bits<T> root_half = bits_of<T>(spread<T>(T(0.70710678118654752440)));
  const Bits<T> e = (bits_of<T>(lifted) - root_half) >> F::kMantissa;
  const Vector<T> m = (Vector<T>)(bits_of<T>(lifted) - (e << F::kMantissa));
  // e as a floating number, by the bits of kRound + e.
  const Vector<T> exponent = (Vector<T>)(bits_of<T>(spread<T>(F::kRound)) + e) - F::kRound -
                             (subnormal ? spread<T>(T(F::kMantissa)) : Vector<T>{});
  const Vector<T> mantissa = twice_atanh<T, F::kLogTerms>((m - T(1)) / (m + T(1)));
  Vector<T> result = exponent * F::kLn2High + (exponent * F::kLn2Low + mantissa);
  const T infinity = T(__builtin_inf());
  result = x == infinity ? spread<T>(infinity) : result;
  result = x == T(0) ? spread<T>(-infinity) : result;
  return x >= T(0) ? result : spread<T>(T(__builtin_nan("")));  // a NaN is not >= 0 either
}

/// log(1 + x) for x in [0, 1].
template <class T>
SEQREC_INLINE Vector<T> log1p_of_unit(Vector<T> x) {
  return twice_atanh<T, Float<T>::kLog1pTerms>(x / (x + T(2)));
}

/// 1 / (1 + exp(-x)), of numbers 2^-kLift as large: exp(104) would be infinite in f32.
template <class T>
SEQREC_INLINE Vector<T> sigmoid(Vector<T> x) {
  using F = Float<T>;
  constexpr int kLift = F::kMantissa + 3;
  constexpr T kUnit = T(1) / T(std::int64_t{1} << kLift);
  x = larger<T>(smaller<T>(x, spread<T>(T(40))), spread<T>(F::kExpLow));  // 1 beyond, in f64 as well; 0 below
  const Reduced<T> part = reduce_exp<T>(-x, -kLift);
  return kUnit / (part.expm1_r() * part.power() + (part.power() + kUnit));
}

/// The polynomial closest to (expm1(2r) / 2 - r) / r^2 for |r| <= ln 2 / 4: kExp's terms times powers of two.
template <class T>
struct HalfExpm1 {
  static constexpr int kTerms = sizeof Float<T>::kExp / sizeof(double);
  double terms[kTerms];
  constexpr HalfExpm1() : terms{} {
    for (int k = 0; k < kTerms; ++k) terms[k] = Float<T>::kExp[k] * (2 << (kTerms - 1 - k));
  }
};
template <class T>
inline constexpr HalfExpm1<T> kHalfExpm1;

/// e / (e + 1), e = expm1(2x) / 2.
template <class T>
SEQREC_INLINE Vector<T> tanh(Vector<T> x) {
  using F = Float<T>;
  x = larger<T>(smaller<T>(x, spread<T>(T(20))), spread<T>(T(-20)));  // where it is 1 in f64 as well
  // 2x = n ln 2 + 2r, roughly: where n is large the result is near 1, whatever r is.
  const T round = F::kRound + T(F::kBias);
  const Vector<T> shifted = x * T(2 / kLn2) + round, r = x - (shifted - round) * T(kLn2 / 2);
  const Vector<T> power = (Vector<T>)(bits_of<T>(shifted) << F::kMantissa);
  const Vector<T> of_r = polynomial_by_pairs<T>(r, kHalfExpm1<T>.terms) * (r * r) + r;
  const Vector<T> e = of_r * power + (T(0.5) * power - T(0.5));
  return e / (e + T(1));
}

/// log(sigmoid(x)).
template <class T>
SEQREC_INLINE Vector<T> log_sigmoid(Vector<T> x) {
  return smaller<T>(x, Vector<T>{}) - log1p_of_unit<T>(exp_of_negative<T>(-absolute<T>(x)));
}

/// The error function. f32: x P(x^2) / Q(x^2), the minimax fit on [-4, 4] that Eigen uses too. f64: the rational
/// approximations of Cephes (Moshier), of erf for |x| < 1, of erfc beyond.
SEQREC_INLINE Vector<float> erf_of(Vector<float> x) {
  constexpr double kP[] = {-2.72614225801306e-10, 2.77068142495902e-08,  -2.10102402082508e-06, -5.69250639462346e-05,
                           -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02};
  constexpr double kQ[] = {-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
                           -1.42647390514189e-02};
  x = larger<float>(smaller<float>(x, spread<float>(4)), spread<float>(-4));
  const Vector<float> square = x * x;
  return x * polynomial<float>(square, kP) / polynomial<float>(square, kQ);
}
SEQREC_INLINE Vector<double> erf_of(Vector<double> x) {
  using T = double;
  constexpr double kT[] = {9.60497373987051638749E0, 9.00260197203842689217E1, 2.23200534594684319226E3,
                           7.00332514112805075473E3, 5.55923013010394962768E4};
  constexpr double kU[] = {1,
                           3.35617141647503099647E1,
                           5.21357949780152679795E2,
                           4.59432382970980127987E3,
                           2.26290000613890934246E4,
                           4.92673942608635921086E4};
  constexpr double kP[] = {2.46196981473530512524E-10, 5.64189564831068821977E-1, 7.46321056442269912687E0,
                           4.86371970985681366614E1,   1.96520832956077098242E2,  5.26445194995477358631E2,
                           9.34528527171957607540E2,   1.02755188689515710272E3,  5.57535335369399327526E2};
  constexpr double kQ[] = {1,
                           1.32281951154744992508E1,
                           8.67072140885989742329E1,
                           3.54937778887819891062E2,
                           9.75708501743205489753E2,
                           1.82390916687909736289E3,
                           2.24633760818710981792E3,
                           1.65666309194161350182E3,
                           5.57535340817727675546E2};
  const Vector<T> size = smaller<T>(absolute<T>(x), spread<T>(T(6)));  // erf(6) is 1 in f64
  const Vector<T> square = size * size;
  const Vector<T> inner = size * polynomial<T>(square, kT) / polynomial<T>(square, kU);
  const Vector<T> outer = T(1) - exp_of_negative<T>(-square) * polynomial<T>(size, kP) / polynomial<T>(size, kQ);
  return with_sign<T>(size < T(1) ? inner : outer, x);
}
template <class T>
SEQREC_INLINE Vector<T> erf(Vector<T> x) {
  return erf_of(x);
}

/// The normal distribution function, and gelu(x) = x times it.
template <class T>
SEQREC_INLINE Vector<T> normal_cdf(Vector<T> x) {
  return T(0.5) * erf<T>(x * T(0.70710678118654752440)) + T(0.5);
}
template <class T>
SEQREC_INLINE Vector<T> gelu(Vector<T> x) {
  return x * normal_cdf<T>(x);
}

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
