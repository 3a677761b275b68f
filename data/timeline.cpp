#include "data/timeline.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "data/date.h"

namespace seqrec::data {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// Whole numbers in the order of the doubles: their bits, those of negative numbers turned round.
std::int64_t key_of_double(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);  // -0 is 0
  return bits >= 0 ? bits : kLeast - bits;
}

double double_of_key(std::int64_t key) { return std::bit_cast<double>(key >= 0 ? key : kLeast - key); }

}  // namespace

Timeline::Timeline(const Raw& raw, const Config& config) {
  const std::string& field = config.get_string("TIME_FIELD");
  if (!raw.part_ends.empty() && !raw.inter[0].find(field)) {
    keys_.resize(raw.inter[0].rows);
    std::iota(keys_.begin(), keys_.end(), 0);
    scale_.whole = true;
    return;
  }
  const AtomicColumn& column = column_of(raw.inter[0], field, FieldType::Float, "TIME_FIELD");
  const bool rounded = config.get_string("time_precision") == "float32";
  if (!rounded && !column.integers.empty()) {
    keys_ = column.integers;
    scale_.whole = true;
    return;
  }
  scale_.missing =
      std::count_if(raw.rows.begin(), raw.rows.end(), [&](std::int32_t row) { return std::isnan(column.floats[row]); });
  LargeVector<double> values = filled(column, raw.rows);
  if (rounded && is_normalised(config, field)) normalise(values);
  keys_.resize(column.floats.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    keys_[raw.rows[i]] = key_of_double(rounded ? static_cast<double>(static_cast<float>(values[i])) : values[i]);
}

std::int64_t TimeScale::key_of(double time) const {
  if (!whole) return key_of_double(time);
  const double up = std::ceil(time);
  return up < -0x1p63 ? kLeast : up >= 0x1p63 ? kMost : static_cast<std::int64_t>(up);
}

double TimeScale::time(std::int64_t key) const { return whole ? static_cast<double>(key) : double_of_key(key); }

double ticks_per_second(double last_time) {
  if (last_time < 1.25e8) return 0;
  return last_time < 1e11 ? 1 : last_time < 1e14 ? 1e3 : last_time < 1e17 ? 1e6 : 1e9;
}

std::string time_text(double time, double ticks_per_second) {
  const bool whole = std::abs(time) < 0x1p63 && time == std::floor(time);
  const std::string number = whole ? concat(static_cast<std::int64_t>(time)) : Json(time).dump();
  const double seconds = std::floor(time / ticks_per_second);
  if (ticks_per_second == 0 || !(std::abs(seconds) < 0x1p63)) return number;
  const auto date = date_text(static_cast<std::int64_t>(seconds));
  return date ? concat(number, " (", *date, ")") : number;
}

}  // namespace seqrec::data
