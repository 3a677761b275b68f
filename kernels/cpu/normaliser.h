#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/cpu/simd/rows.h"

namespace seqrec::kernels::cpu {

/// What a softmax over one row is normalised by, from the row in one piece or in several.
template <class T>
struct Normaliser {
  T max = -std::numeric_limits<T>::infinity();
  double sum = 0;  ///< of exp(x - max)

  /// Adds a piece x [n]; out (it may be x), where not null, becomes exp(x - max), with the max so far.
  void add(std::int64_t n, const T* x, T* out = nullptr) {
    if (n == 0) return;
    const T most = std::max(max, row_max<T>(n, x));
    const T shift = std::isinf(most) && most < 0 ? T{0} : most;  // a piece of -infinity adds 0, not a NaN
    sum = sum * std::exp(static_cast<double>(max) - shift) + row_exp<T>(n, x, shift, T{1}, out);
    max = most;
  }
  /// Adds what another has of other pieces.
  void add(const Normaliser& other) {
    if (other.sum == 0) return;
    const T most = std::max(max, other.max);
    sum = sum * std::exp(static_cast<double>(max) - most) + other.sum * std::exp(static_cast<double>(other.max) - most);
    max = most;
  }
  /// log sum exp(x) - target.
  T loss(T target) const { return static_cast<T>(std::log(sum) + (static_cast<double>(max) - target)); }
};

}  // namespace seqrec::kernels::cpu
