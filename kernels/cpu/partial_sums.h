#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/rows.h"

/// Sums that several threads make: a fixed number of parts, each with a sum of its own, added in order.
namespace seqrec::kernels::cpu {

/// A whole number of `unit`s for each of at most kParts parts of n, whose sums take `bytes` each.
inline std::int64_t part_size(std::int64_t n, std::int64_t unit, std::int64_t bytes) {
  constexpr std::int64_t kParts = 8;  // a part more costs a pass over its sums
  constexpr std::int64_t kPartsBytes = std::int64_t{64} << 20;
  const std::int64_t parts = std::clamp<std::int64_t>(kPartsBytes / std::max<std::int64_t>(1, bytes), 1, kParts);
  return num_ranges(num_ranges(n, unit), parts) * unit;
}

/// The sums of several parts: the first in the result itself, the others in workspace.
template <class T>
class PartialSums {
 public:
  PartialSums(T* result, std::int64_t size, std::int64_t parts)
      : result_(result),
        size_(size),
        parts_(parts),
        others_(result ? size * std::max<std::int64_t>(0, parts - 1) : 0) {}
  T* part(std::int64_t i) const { return i == 0 ? result_ : others_.data() + (i - 1) * size_; }
  void reduce() const {
    if (result_ == nullptr || parts_ == 1) return;
    constexpr std::int64_t kReduceGrain = 8192;  // elements
    parallel_for(size_, kReduceGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 1; i < parts_; ++i) row_add<T>(end - begin, part(i) + begin, result_ + begin);
    });
  }

 private:
  T* result_;
  std::int64_t size_, parts_;
  Workspace<T> others_;
};

}  // namespace seqrec::kernels::cpu
