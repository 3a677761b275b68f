#include "core/json_number.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <locale.h>

#include "core/concat.h"

namespace seqrec {
namespace {

#ifdef SEQREC_INFERENCE
// The C library's: the tables of the C++ library's are a sixth of a libseqrec.

double read(const std::string& text) {
  static const locale_t locale = newlocale(LC_ALL_MASK, "C", locale_t{});
  return strtod_l(text.c_str(), nullptr, locale);
}

void append_digits(std::string& out, double value) {
  std::string text;
  for (const int digits : {15, 17}) {
    char printed[32];
    const int size = std::snprintf(printed, sizeof printed, "%.*g", digits, value);
    text.clear();
    detail::append_printed(text, {printed, static_cast<std::size_t>(size)});
    if (read(text) == value) break;
  }
  out += text;
}

#else

void append_digits(std::string& out, double value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

#endif

}  // namespace

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const std::size_t begin = out.size();
  append_digits(out, value);
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

std::optional<double> read_json_number(std::string_view text) {
#ifdef SEQREC_INFERENCE
  const double value = read(std::string(text));
  const bool zero = text.substr(0, text.find_first_of("eE")).find_first_of("123456789") == std::string_view::npos;
  return std::isfinite(value) && (value != 0 || zero) ? std::optional(value) : std::nullopt;
#else
  double value = 0;
  const bool read = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
  return read ? std::optional(value) : std::nullopt;
#endif
}

}  // namespace seqrec
