#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

/// Instructions of PTX on the bits of integers.
namespace cuda_ptx {

template <class T>
constexpr std::uint32_t kBits = 8 * sizeof(T);

template <class T>
T mul_hi(T a, T b) {
  using Wide = std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>,
                                  std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>>;
  return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b) >> kBits<T>);
}

/// Shifts by the width and more leave nothing, or the sign.
template <class T>
T shl(T a, std::uint32_t by) {
  return by < kBits<T> ? static_cast<T>(a << by) : T{0};
}
template <class T>
T shr(T a, std::uint32_t by) {
  return static_cast<T>(by < kBits<T> ? a >> by : a < 0 ? -1 : 0);
}

/// 32 bits of high:low, moved to the left or to the right; `by` is taken modulo 32 (wrap) or at most 32 (clamp).
inline std::uint32_t shf_l_clamp(std::uint32_t low, std::uint32_t high, std::uint32_t by) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) << std::min(by, 32u) >> 32);
}
inline std::uint32_t shf_r_clamp(std::uint32_t low, std::uint32_t high, std::uint32_t by) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) >> std::min(by, 32u));
}
inline std::uint32_t shf_l_wrap(std::uint32_t low, std::uint32_t high, std::uint32_t by) {
  return shf_l_clamp(low, high, by % 32);
}
inline std::uint32_t shf_r_wrap(std::uint32_t low, std::uint32_t high, std::uint32_t by) {
  return shf_r_clamp(low, high, by % 32);
}

template <class T>
std::uint32_t popc(T a) {
  return static_cast<std::uint32_t>(__builtin_popcountll(a));
}
template <class T>
std::uint32_t clz(T a) {
  return a == 0 ? kBits<T> : static_cast<std::uint32_t>(__builtin_clzll(a)) - (64 - kBits<T>);
}
template <class T>
T brev(T a) {
  T reversed = 0;
  for (std::uint32_t i = 0; i < kBits<T>; ++i) reversed = static_cast<T>(reversed | (a >> i & 1) << (kBits<T> - 1 - i));
  return reversed;
}

/// `count` bits from bit `first` on; beyond the width there are zeros, or copies of the field's sign.
template <class T>
T bfe(T a, std::uint32_t first, std::uint32_t count) {
  using U = std::make_unsigned_t<T>;
  first &= 255;
  count &= 255;
  if (count == 0) return 0;
  const U field = shr(static_cast<U>(a), first), mask = count < kBits<T> ? static_cast<U>((U{1} << count) - 1) : ~U{0};
  const std::uint32_t last = std::min(first + count - 1, kBits<T> - 1);
  const bool negative = std::is_signed_v<T> && (static_cast<U>(a) >> last & 1) != 0;
  const std::uint32_t there = first < kBits<T> ? std::min(count, kBits<T> - first) : 0;
  const U sign = there < kBits<T> ? static_cast<U>(~U{0} << there) : U{0};
  return static_cast<T>((field & mask) | (negative ? sign : U{0}));
}
/// b with `count` bits from bit `first` on replaced by a's lowest.
template <class T>
T bfi(T a, T b, std::uint32_t first, std::uint32_t count) {
  first &= 255;
  count &= 255;
  const T field = count < kBits<T> ? static_cast<T>((T{1} << count) - 1) : static_cast<T>(~T{0});
  const T mask = shl(field, first);
  return static_cast<T>((b & ~mask) | (shl(a, first) & mask));
}

/// Four bytes of b:a, chosen by the selector's four nibbles; a nibble's upper bit asks for copies of the byte's sign.
inline std::uint32_t prmt(std::uint32_t a, std::uint32_t b, std::uint32_t selector) {
  const std::uint64_t bytes = std::uint64_t{b} << 32 | a;
  std::uint32_t result = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t choice = selector >> 4 * i & 15;
    std::uint32_t byte = static_cast<std::uint32_t>(bytes >> 8 * (choice & 7) & 255);
    if ((choice & 8) != 0) byte = (byte & 128) != 0 ? 255 : 0;
    result |= byte << 8 * i;
  }
  return result;
}

/// Any function of three bits, by its table.
inline std::uint32_t lop3(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t table) {
  std::uint32_t result = 0;
  for (std::uint32_t i = 0; i < 8; ++i) {
    if ((table >> i & 1) == 0) continue;
    result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
  }
  return result;
}

}  // namespace cuda_ptx
