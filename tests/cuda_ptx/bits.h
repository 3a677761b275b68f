#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// Registers hold bits: an instruction reads them as its own type.
namespace cuda_ptx {

/// `from`'s bits as a T: all of them, or the low ones.
template <class T, class From>
constexpr T bits(From from) {
  if constexpr (sizeof(T) == sizeof(From)) {
    return __builtin_bit_cast(T, from);
  } else {
    static_assert(sizeof(T) < sizeof(From) && std::is_integral_v<T> && std::is_integral_v<From>);
    return static_cast<T>(from);
  }
}

/// Writes a T into a register: its bits, and where the register is wider those of the sign (zeros if it has none).
template <class T, class Register>
void put(Register& to, T value) {
  if constexpr (sizeof(T) == sizeof(Register)) {
    to = __builtin_bit_cast(Register, value);
  } else {
    static_assert(sizeof(T) < sizeof(Register) && std::is_integral_v<T> && std::is_integral_v<Register>);
    to = static_cast<Register>(value);
  }
}

inline char* pointer(std::uint64_t address) { return reinterpret_cast<char*>(address); }

}  // namespace cuda_ptx
