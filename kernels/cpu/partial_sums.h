#pragma once

#include <algorithm>

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/workspace.h"

namespace seqrec::kernels::cpu {

/// A whole number of `unit`s for each of at most `parts` parts of n.
inline std::int64_t part_size(std::int64_t n, std::int64_t unit, std::int64_t parts) {
  return num_ranges(num_ranges(n, unit), parts) * unit;
}

/// `size` sums over n things that several threads make: [0, n) is cut into parts of whole `unit`s, each with sums of
/// its own, which are added in order. The parts depend on n, unit and size alone, and so do the bits of the result.
template <class T>
class PartialSums {
 public:
  /// Where `result` [size] is given, the sums end there; else in memory of this object.
  PartialSums(std::int64_t n, std::int64_t unit, std::int64_t size, T* result = nullptr)
      : n_(n),
        size_(size),
        part_size_(cpu::part_size(n, unit, most_parts(size))),
        others_(size * (std::max<std::int64_t>(1, parts()) - (result ? 1 : 0))),
        result_(result ? result : others_.data()),
        second_(result ? others_.data() : result_ + size) {}

  std::int64_t part_size() const { return part_size_; }
  std::int64_t parts() const { return n_ == 0 ? 0 : num_ranges(n_, part_size_); }
  /// Part i's sums, uninitialised.
  T* part(std::int64_t i) const { return i == 0 ? result_ : second_ + (i - 1) * size_; }
  /// The sums of all parts, once they are added up.
  const T* result() const { return result_; }

  /// Once each part's sums are made.
  void add_up() const {
    constexpr std::int64_t kGrain = 8192;  // elements
    if (n_ == 0) std::fill_n(result_, size_, T(0));
    if (parts() > 1)
      for_ranges(size_, kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = 1; i < parts(); ++i) row_add<T>(end - begin, part(i) + begin, result_ + begin);
      });
  }

  /// Calls each(begin, end, sums) for all parts [begin, end), in parallel, which writes their `sums`; then adds them
  /// up.
  template <class F>
  void over(F&& each) const {
    for_ranges(n_, part_size_,
               [&](std::int64_t begin, std::int64_t end) { each(begin, end, part(begin / part_size_)); });
    add_up();
  }

 private:
  /// A part more is a pass more over its sums: many where all stay in the cache, few of large ones, in bounded memory.
  static std::int64_t most_parts(std::int64_t size) {
    constexpr std::int64_t kCacheBytes = std::int64_t{4} << 20, kBytes = std::int64_t{64} << 20, kMany = 64, kFew = 8;
    const std::int64_t bytes = std::max<std::int64_t>(1, size * static_cast<std::int64_t>(sizeof(T)));
    return std::clamp(kCacheBytes / bytes, std::clamp<std::int64_t>(kBytes / bytes, 1, kFew), kMany);
  }

  std::int64_t n_, size_, part_size_;
  Workspace<T> others_;
  T *result_, *second_;
};

}  // namespace seqrec::kernels::cpu
