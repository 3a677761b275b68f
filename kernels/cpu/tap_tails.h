#pragma once

#include <algorithm>
#include <cstdint>

namespace seqrec::kernels::cpu {

/// tails[r] [n] = what the padding row, which gives padding [height, n] to each tap, gives to the taps from r on,
/// r <= height.
template <class T>
void add_tails(const T* padding, std::int64_t height, std::int64_t n, T* tails) {
  std::fill_n(tails + height * n, n, T(0));
  for (std::int64_t i = height * n - 1; i >= 0; --i) tails[i] = tails[i + n] + padding[i];
}

}  // namespace seqrec::kernels::cpu
