#pragma once

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace seqrec::data {

/// The text without spaces, tabs and line ends around it.
constexpr std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// A whole text as a number, spaces around it and a leading + allowed ("inf" and "nan" are numbers too).
template <class T>
std::optional<T> parse_number(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whether 32 bits can hold a number, as models take it.
inline bool fits_float(double value) { return std::abs(value) <= std::numeric_limits<float>::max(); }

}  // namespace seqrec::data
