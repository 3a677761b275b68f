#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tests/cuda_ptx/rounding.h"

/// Instructions of PTX on numbers, by their names with _ for the dots; what the hardware only approximates is the
/// host's function. (Those that C++ has an operator for the translator writes as such.)
namespace cuda_ptx {

// x + 0 where the hardware has no denormals.
inline float flushed(float x) { return std::fabs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0f, x) : x; }

/// Into [0, 1]; NaN becomes 0.
template <class T>
T saturated(T x) {
  return x > 0 ? (x < 1 ? x : T{1}) : T{0};
}

inline float add_rz(float a, float b) { return towards_zero(two_sum<float>(a, b)); }
inline float add_rm(float a, float b) { return downwards(two_sum<float>(a, b)); }
inline float add_rp(float a, float b) { return upwards(two_sum<float>(a, b)); }

template <class T>
T fma_rn(T a, T b, T c) {
  return std::fma(a, b, c);
}
// The product of two floats is exact in a double.
inline float fma_rz(float a, float b, float c) { return towards_zero(two_sum<double>(double{a} * b, c)); }
inline float fma_rm(float a, float b, float c) { return downwards(two_sum<double>(double{a} * b, c)); }
inline float fma_rp(float a, float b, float c) { return upwards(two_sum<double>(double{a} * b, c)); }

template <class T>
T div_rn(T a, T b) {
  return a / b;
}
inline float div_full(float a, float b) { return a / b; }
inline float div_approx(float a, float b) { return a / b; }

/// The hardware doesn't trap: a division by zero gives ones, the smallest number by -1 itself.
template <class T>
T div(T a, T b) {
  if (b == 0) return static_cast<T>(~T{0});
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  }
  return static_cast<T>(a / b);
}
template <class T>
T rem(T a, T b) {
  if (b == 0) return a;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
  }
  return static_cast<T>(a % b);
}

/// Of floats: the other one if one is NaN, and -0 < 0.
template <class T>
T min(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a == b) return std::signbit(a) ? a : b;
    return std::fmin(a, b);
  } else {
    return a < b ? a : b;
  }
}
template <class T>
T max(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a == b) return std::signbit(a) ? b : a;
    return std::fmax(a, b);
  } else {
    return a < b ? b : a;
  }
}

template <class T>
T neg(T a) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  else
    return -a;
}
template <class T>
T abs(T a) {
  if constexpr (std::is_integral_v<T>)
    return a < 0 ? neg(a) : a;
  else
    return std::fabs(a);
}
/// The sign of the first, the rest of the second.
template <class T>
T copysign(T sign, T value) {
  return std::copysign(value, sign);
}

inline float ex2_approx(float x) { return std::exp2(x); }
inline float lg2_approx(float x) { return std::log2(x); }
inline float sin_approx(float x) { return std::sin(x); }
inline float cos_approx(float x) { return std::cos(x); }
inline float tanh_approx(float x) { return std::tanh(x); }
template <class T>
T rcp_rn(T x) {
  return 1 / x;
}
inline float rcp_approx(float x) { return 1 / x; }
template <class T>
T sqrt_rn(T x) {
  return std::sqrt(x);
}
inline float sqrt_approx(float x) { return std::sqrt(x); }
inline float rsqrt_approx(float x) { return 1 / std::sqrt(x); }

/// Of doubles the hardware makes the upper half; the code around it refines that.
inline double upper_half(double x) {
  if (!std::isfinite(x)) return x;
  if (std::fabs(x) < std::numeric_limits<double>::min()) return std::copysign(0.0, x);
  return __builtin_bit_cast(double, __builtin_bit_cast(std::uint64_t, x) & ~std::uint64_t{0xFFFFFFFF});
}
inline double rcp_approx(double x) { return upper_half(1 / x); }
inline double rsqrt_approx(double x) { return upper_half(1 / std::sqrt(x)); }

/// flushed() of what only floats have.
inline double flushed(double x) { return x; }

}  // namespace cuda_ptx
