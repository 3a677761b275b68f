#pragma once

#include <cstdint>
#include <string>

#include "core/spill.h"
#include "data/raw.h"

namespace seqrec::data {

/// Times as whole numbers in their order (keys): exact integers, or numbers by their bits.
struct TimeScale {
  bool whole = false;        ///< a key is the time itself
  std::int64_t missing = 0;  ///< interactions without a time, whose key is that of the mean

  /// The least key of a time that is not before this one.
  std::int64_t key_of(double time) const;
  /// The time of a key, as in the data.
  double time(std::int64_t key) const;
};

/// When each interaction happened: TIME_FIELD's exact integers, or numbers, rounded to 32 bits if time_precision says
/// so. Missing times are the mean of the others, as in RecBole. benchmark_filename's files may lack the column: then
/// the order of the rows is one.
class Timeline {
 public:
  /// DataError if there is no such column.
  Timeline(const Raw& raw, const Config& config);

  /// Of a row of .inter.
  std::int64_t key(std::int32_t row) const { return keys_[row]; }
  const TimeScale& scale() const { return scale_; }

 private:
  LargeVector<std::int64_t> keys_;  // [rows of .inter]
  TimeScale scale_;
};

/// What times count that are seconds, thousandths, millionths or billionths of a second since 1970, judged by the last
/// of them: 1, 1e3, 1e6 or 1e9 a second; 0 for times before 1974, which are taken for a count of something else.
double ticks_per_second(double last_time);
/// "889237269 (1998-03-07T01:21:09Z)"; without the date where the ticks are 0.
std::string time_text(double time, double ticks_per_second);

}  // namespace seqrec::data
