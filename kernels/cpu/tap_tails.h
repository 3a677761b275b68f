#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/taps.h"

namespace seqrec::kernels::cpu {

/// tails[r] [n] = what the padding row, which gives padding [height, n] to each tap, gives to the taps from r on,
/// r <= height.
template <class T>
void add_tails(const T* padding, std::int64_t height, std::int64_t n, T* tails) {
  std::fill_n(tails + height * n, n, T(0));
  for (std::int64_t i = height * n - 1; i >= 0; --i) tails[i] = tails[i + n] + padding[i];
}

/// The first starts of a window whose filter sees real values alone, and those after them whose filter runs into the
/// padding; from the window's end on all are the same, and one stands for them.
struct Starts {
  std::int64_t whole, cut;
};
inline Starts starts_of(std::int64_t length, std::int64_t height, std::int64_t last_start) {
  const std::int64_t whole = std::max<std::int64_t>(0, length - height + 1);
  return {whole, std::max<std::int64_t>(0, std::min(length, last_start) - whole + 1)};
}

/// sums [cut, n]: over a filter's taps on real values, and what the padding gives to the others.
template <class T>
void sum_cut(const Starts& starts, std::int64_t length, const std::int32_t* ids, const T* taps, const T* tails,
             std::int64_t height, std::int64_t n, T* sums) {
  for (std::int64_t i = 0; i < starts.cut; ++i, sums += n) {
    const std::int64_t start = starts.whole + i, real = length - start;
    tap_sums<T>(1, real, ids + start, taps, height, n, sums);
    row_add<T>(n, tails + real * n, sums);
  }
}

}  // namespace seqrec::kernels::cpu
