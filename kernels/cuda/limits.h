#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace seqrec::kernels::cuda {

/// Limits a number while it lives, so that small tests come to what large problems need: several grids, tiles, pieces.
/// 0: no limit.
template <class Of>
class LimitScope {
 public:
  explicit LimitScope(std::int64_t limit) : previous_(limit_.exchange(limit)) {}
  ~LimitScope() { limit_ = previous_; }
  LimitScope(const LimitScope&) = delete;
  LimitScope& operator=(const LimitScope&) = delete;

  static std::int64_t limited(std::int64_t n) {
    const std::int64_t limit = limit_;
    return limit > 0 ? std::min(n, limit) : n;
  }

 private:
  std::int64_t previous_;
  static inline std::atomic<std::int64_t> limit_{0};
};

using GridLimitScope = LimitScope<struct OfGrids>;    ///< blocks of a grid; kernels walk the rest
using TileLimitScope = LimitScope<struct OfTiles>;    ///< rows of a tile (tiles.h)
using PieceLimitScope = LimitScope<struct OfPieces>;  ///< terms of a piece of a sum (sums.h)

}  // namespace seqrec::kernels::cuda
