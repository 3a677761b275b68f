#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

/// Long sums are made of pieces (sums.h).
namespace seqrec::kernels::cuda {

/// Limits pieces to so many terms while it lives, so that small tests add up in several rounds.
class PieceLimitScope {
 public:
  explicit PieceLimitScope(std::int64_t terms) : previous_(limit_.exchange(terms)) {}
  ~PieceLimitScope() { limit_ = previous_; }
  PieceLimitScope(const PieceLimitScope&) = delete;
  PieceLimitScope& operator=(const PieceLimitScope&) = delete;

  static std::int64_t limited(std::int64_t terms) {
    const std::int64_t limit = limit_;
    return limit > 0 ? std::min(terms, limit) : terms;
  }

 private:
  std::int64_t previous_;
  static inline std::atomic<std::int64_t> limit_{0};  // 0: none
};

}  // namespace seqrec::kernels::cuda
