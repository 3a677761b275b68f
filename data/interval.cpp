#include "data/interval.h"

#include <optional>
#include <string_view>

#include "core/shown.h"
#include "data/number.h"

namespace seqrec::data {
namespace {

[[noreturn]] void fail(std::string_view got) {
  throw ConfigError(concat("got '", shown(got), "', expected an interval such as [5,inf) or (0,1];[3,4]"));
}

Intervals::Part parse_part(std::string_view text) {
  const std::string_view inner = trim(text);
  const auto comma = inner.find(',');
  if (inner.size() < 5 || comma == std::string_view::npos) fail(text);
  const char open = inner.front(), close = inner.back();
  const auto left = parse_number<double>(inner.substr(1, comma - 1));
  const auto right = parse_number<double>(inner.substr(comma + 1, inner.size() - comma - 2));
  if ((open != '[' && open != '(') || (close != ']' && close != ')') || !left || !right) fail(text);
  if (!(*left <= *right)) fail(text);  // NaN too
  return {*left, *right, open == '[', close == ']'};
}

double number_of(const Json& value, const Json& whole) {
  if (value.is_number()) return value.as_double();
  const auto number = value.is_string() ? parse_number<double>(value.as_string()) : std::nullopt;
  if (!number) fail(whole.dump());
  return *number;
}

}  // namespace

Intervals Intervals::parse(const Json& value) {
  Intervals out;
  if (value.is_string()) {
    for (std::string_view rest = value.as_string();;) {
      const auto semicolon = rest.find(';');
      out.parts_.push_back(parse_part(rest.substr(0, semicolon)));
      if (semicolon == std::string_view::npos) return out;
      rest.remove_prefix(semicolon + 1);
    }
  }
  if (!value.is_array() || value.as_array().size() != 2) fail(value.dump());
  const double left = number_of(value.as_array()[0], value), right = number_of(value.as_array()[1], value);
  if (!(left <= right)) fail(value.dump());
  out.parts_.push_back({left, right, true, true});
  return out;
}

bool Intervals::contains(double value) const {
  for (const Part& part : parts_) {
    const bool after = part.closed_left ? value >= part.left : value > part.left;
    const bool before = part.closed_right ? value <= part.right : value < part.right;
    if (after && before) return true;
  }
  return false;
}

}  // namespace seqrec::data
