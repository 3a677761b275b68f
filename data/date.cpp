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
  bool take(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  /// All digits that follow.
  std::string digits() {
    const std::string out(text_.substr(0, text_.find_first_not_of("0123456789")));
    text_.remove_prefix(out.size());
    return out;
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

/// A time in seconds since 1970, and its fraction of a second: ".407", or empty.
struct Moment {
  std::int64_t seconds;
  std::string fraction;
};

/// Hours and minutes, and seconds with their fraction if there are any.
std::optional<Moment> time_of_day(Cutter& text) {
  const auto hour = text.number(2, 23);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2, 59);
  if (!minute) return std::nullopt;
  Moment out{*hour * 3600 + *minute * 60, {}};
  if (!text.take(':')) return out;
  const auto second = text.number(2, 59);
  if (!second) return std::nullopt;
  out.seconds += *second;
  if (!text.take('.')) return out;
  out.fraction = "." + text.digits();
  if (out.fraction.size() == 1) return std::nullopt;
  out.fraction.resize(out.fraction.find_last_not_of('0') + 1);
  if (out.fraction == ".") out.fraction.clear();
  return out;
}

/// How far a zone is east of UTC, in seconds: nothing, Z, UTC, +01:00, +0100, +01, maybe behind a space.
std::optional<std::int64_t> zone(Cutter& text) {
  if (text.done()) return 0;
  text.take(' ');
  if (text.take("Z") || text.take("UTC")) return 0;
  const bool east = text.take('+');
  if (!east && !text.take('-')) return std::nullopt;
  const auto hours = text.number(2, 23);
  if (!hours) return std::nullopt;
  std::optional<int> minutes = 0;
  if (text.take(':') || !text.done()) minutes = text.number(2, 59);
  if (!minutes) return std::nullopt;
  const std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return east ? seconds : -seconds;
}

std::optional<Moment> parse(std::string_view whole) {
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
  Moment out{chrono::sys_seconds(chrono::sys_days(date)).time_since_epoch().count(), {}};
  if (text.done()) return out;
  if (!text.take('T') && !text.take(' ')) return std::nullopt;
  const auto time = time_of_day(text);
  const auto east = time ? zone(text) : std::nullopt;
  if (!east || !text.done()) return std::nullopt;
  out.seconds += time->seconds - *east;
  out.fraction = time->fraction;
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  const auto moment = parse(text);
  return moment && moment->fraction.empty() ? std::optional(moment->seconds) : std::nullopt;
}

std::optional<std::string> parse_moment(std::string_view text) {
  const auto moment = parse(text);
  if (!moment || (moment->seconds < 0 && !moment->fraction.empty())) return std::nullopt;  // no data are that old
  return std::to_string(moment->seconds) + moment->fraction;
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
