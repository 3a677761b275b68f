#pragma once

#include <array>

#include "kernels/cpu/ranges.h"

namespace seqrec::kernels::cpu {

/// A nested loop over the elements of N operands of one shape and any strides (0 where one is broadcast), with as few
/// dimensions as their strides allow; the last two are handed out as a matrix.
template <int N>
class StridedLoop {
 public:
  using Strides = std::array<std::int64_t, N>;

  /// Dimensions must be added outermost first.
  void add(std::int64_t size, const Strides& strides) {
    if (size == 1) return;
    if (rank_ > 0 && continues(size, strides)) {
      sizes_[rank_ - 1] *= size;
      strides_[rank_ - 1] = strides;
      return;
    }
    sizes_[rank_] = size;
    strides_[rank_++] = strides;
  }

  /// Calls each(rows, width, offsets, row_strides, strides) for matrices that together hold every element once, in
  /// pieces that don't depend on the number of threads: of `fewest` rows or more, where there are as many.
  template <class F>
  void run(const F& each, std::int64_t fewest = 1) const {
    const std::int64_t width = rank_ > 0 ? sizes_[rank_ - 1] : 1;
    const Strides step = rank_ > 0 ? strides_[rank_ - 1] : Strides{};
    if (rank_ < 2) {
      return for_ranges(width, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
        each(std::int64_t{1}, end - begin, moved({}, step, begin), Strides{}, step);
      });
    }
    const std::int64_t height = sizes_[rank_ - 2];
    const Strides row_step = strides_[rank_ - 2];
    std::int64_t rows = 1;
    for (int d = 0; d + 1 < rank_; ++d) rows *= sizes_[d];
    for_ranges(width == 0 ? 0 : rows, std::max(fewest, row_grain(width)), [&](std::int64_t begin, std::int64_t end) {
      while (begin < end) {
        const std::int64_t run = std::min(end - begin, height - begin % height);
        each(run, width, moved(matrix_offsets(begin / height), row_step, begin % height), row_step, step);
        begin += run;
      }
    });
  }

 private:
  bool continues(std::int64_t size, const Strides& strides) const {
    for (int k = 0; k < N; ++k)
      if (strides_[rank_ - 1][k] != strides[k] * size) return false;
    return true;
  }
  static Strides moved(Strides offsets, const Strides& strides, std::int64_t steps) {
    for (int k = 0; k < N; ++k) offsets[k] += strides[k] * steps;
    return offsets;
  }
  Strides matrix_offsets(std::int64_t matrix) const {
    Strides offsets{};
    for (int d = rank_ - 3; d >= 0; --d) {
      offsets = moved(offsets, strides_[d], matrix % sizes_[d]);
      matrix /= sizes_[d];
    }
    return offsets;
  }

  int rank_ = 0;
  std::array<std::int64_t, kMaxRank> sizes_;
  std::array<Strides, kMaxRank> strides_;
};

}  // namespace seqrec::kernels::cpu
