#pragma once

#include <string>
#include <string_view>

namespace seqrec::cli {

/// A field of a CSV file (RFC 4180): what holds a comma, a quote or the end of a line is quoted.
inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace seqrec::cli
