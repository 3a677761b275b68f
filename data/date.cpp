#include "data/date.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "data/number.h"

namespace seqrec::data {
namespace {

namespace chrono = std::chrono;

/// Takes pieces off the front of a text.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (done() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// So many digits, at most `most`; nothing otherwise.
  std::optional<int> number(std::size_t digits, int most) {
    const std::string_view piece = text_.substr(0, digits);
    if (piece.size() < digits || piece.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    text_.remove_prefix(digits);
    const std::optional<int> value = parse_number<int>(piece);
    return value && *value <= most ? value : std::nullopt;
  }

 private:
  std::string_view text_;
};

/// Hours and minutes, and seconds if there are any, in seconds.
std::optional<std::int64_t> time_of_day(Cutter& text) {
  const auto hour = text.number(2, 23);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2, 59);
  if (!minute) return std::nullopt;
  if (!text.take(':')) return *hour * 3600 + *minute * 60;
  const auto second = text.number(2, 59);
  if (!second) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view whole) {
  Cutter text(trim(whole));
  const auto year = text.number(4, 9999);
  if (!year || !text.take('-')) return std::nullopt;
  const auto month = text.number(2, 12);
  if (!month || !text.take('-')) return std::nullopt;
  const auto day = text.number(2, 31);
  if (!day) return std::nullopt;
  const chrono::year_month_day date(chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  std::int64_t seconds = chrono::sys_seconds(chrono::sys_days(date)).time_since_epoch().count();
  if (text.done()) return seconds;
  if (!text.take('T') && !text.take(' ')) return std::nullopt;
  const auto time = time_of_day(text);
  if (!time) return std::nullopt;
  seconds += *time;
  if (text.take('Z') || text.done()) return text.done() ? std::optional(seconds) : std::nullopt;
  const bool east = text.take('+');
  if (!east && !text.take('-')) return std::nullopt;
  const auto zone = time_of_day(text);
  if (!zone || !text.done()) return std::nullopt;
  return east ? seconds - *zone : seconds + *zone;
}

std::optional<std::string> parse_moment(std::string_view whole) {
  std::string text(trim(whole)), fraction;
  if (text.ends_with("UTC")) text.replace(text.size() - 3, 3, "Z");
  if (text.ends_with(" Z")) text.erase(text.size() - 2, 1);
  if (const auto point = text.find('.'); point != text.npos) {
    const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
    if (end == point + 1) return std::nullopt;
    fraction = text.substr(point, end - point);
    text.erase(point, end - point);
    while (fraction.back() == '0') fraction.pop_back();
    if (fraction == ".") fraction.clear();
  }
  const auto seconds = parse_date(text);
  if (!seconds) return std::nullopt;
  if (*seconds < 0 && !fraction.empty()) return std::nullopt;  // no data are that old
  return std::to_string(*seconds) + fraction;
}

std::optional<std::string> date_text(std::int64_t seconds) {
  constexpr std::int64_t kFirst = -62135596800, kEnd = 253402300800;  // the years 1 to 9999
  if (seconds < kFirst || seconds >= kEnd) return std::nullopt;
  const chrono::sys_seconds time{chrono::seconds(seconds)};
  const auto midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss of_day(time - midnight);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(of_day.hours().count()), static_cast<int>(of_day.minutes().count()),
                static_cast<int>(of_day.seconds().count()));
  return text;
}

}  // namespace seqrec::data
