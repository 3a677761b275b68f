#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

/// Conversions that C++ leaves undefined, as the hardware makes them.
namespace cuda_ptx {

/// The nearest number that there is. NaN is 0 among 32 bits and less, else the sign's bit alone.
template <class Int, class T>
Int to_int(T x) {
  using Limits = std::numeric_limits<Int>;
  if (x != x) {
    const bool is_wide = sizeof(Int) == 8 || sizeof(T) == 8;
    return is_wide ? static_cast<Int>(std::make_unsigned_t<Int>{1} << (8 * sizeof(Int) - 1)) : Int{0};
  }
  if (x >= static_cast<T>(Limits::max())) return Limits::max();
  if (x <= static_cast<T>(Limits::min())) return Limits::min();
  return static_cast<Int>(x);
}

/// An integer, or the nearest that To has.
template <class To, class From>
To clamped(From x) {
  using Limits = std::numeric_limits<To>;
  if (static_cast<__int128>(x) > static_cast<__int128>(Limits::max())) return Limits::max();
  if (static_cast<__int128>(x) < static_cast<__int128>(Limits::min())) return Limits::min();
  return static_cast<To>(x);
}

}  // namespace cuda_ptx
