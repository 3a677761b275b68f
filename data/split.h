#pragma once

#include <cstdint>
#include <optional>

namespace seqrec::data {

enum class Split : std::uint8_t { Train, Valid, Test };

/// "train", "valid", "test".
constexpr const char* name_of(Split split) {
  constexpr const char* kNames[] = {"train", "valid", "test"};
  return kNames[static_cast<int>(split)];
}

/// What a split came to, as far as the rows don't say it. Times are those of the data.
struct SplitFacts {
  std::optional<double> valid_point, test_point;  ///< of a split by time: what is before them is not in that part
  double ticks_per_second = 0;                    ///< of the times; 0 where they don't look like dates
  /// The first of the test's targets; nothing without test rows, or where the data have no times (files split
  /// beforehand).
  std::optional<double> earliest_test_target;
  std::int64_t train_interactions = 0;  ///< that training reads, as a target or before one
  std::int64_t train_later = 0;         ///< of them, those later than the earliest target of the test
  std::int64_t cold_item_targets = 0;   ///< test rows whose target training never reads
  std::int64_t cold_user_rows = 0;      ///< test rows of users without a training row
  // Of a split at a point in time: chosen validation and test targets that are no rows.
  std::int64_t without_history = 0;                   ///< nothing is before them
  std::int64_t dropped_items = 0, dropped_users = 0;  ///< cold_items, cold_users: drop
};

}  // namespace seqrec::data
