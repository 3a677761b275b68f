#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seqrec::models {

/// What a model without parameters is fitted to (ModelInfo::fit): of each history the part that is trained on, oldest
/// item first. The sessions stand from the one that ended first to the one that ended last.
struct TrainingSessions {
  std::vector<std::int64_t> offsets{0};  ///< [sessions + 1] session s is items[offsets[s]] .. items[offsets[s + 1])
  std::vector<std::int32_t> items;       ///< [values], never 0
  /// [values] 1 where an item is the target of a training row, whose window are the items of the session before it.
  std::vector<std::uint8_t> is_target;
  /// [sessions] 1 where another session is the same history, at least as far: pre-split files have one in each of its
  /// rows.
  std::vector<std::uint8_t> repeated;

  std::int64_t size() const { return std::ssize(offsets) - 1; }
  std::span<const std::int32_t> session(std::int64_t s) const {
    return std::span(items).subspan(offsets[s], offsets[s + 1] - offsets[s]);
  }
};

}  // namespace seqrec::models
