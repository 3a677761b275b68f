#pragma once

#include <algorithm>
#include <string_view>

namespace seqrec::data {

/// Whether a file is a text in UTF-16, as programs of Windows save one: by its mark, or since every other one of its
/// first bytes is 0.
inline bool is_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  const std::string_view first = text.substr(0, std::min<std::size_t>(text.size() / 2, 16) * 2);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < first.size(); ++i) zeros[i % 2] += first[i] == '\0';
  return first.size() >= 4 && zeros[0] + zeros[1] == first.size() / 2 && (zeros[0] == 0 || zeros[1] == 0);
}

inline constexpr std::string_view kUtf16 =
    "a text in UTF-16, expected UTF-8; iconv -f UTF-16 -t UTF-8 OLD > NEW makes it that";

/// What a file is that is no text as it is read here, by its first bytes, or all of them; empty for a text.
inline std::string_view foreign_format(std::string_view text) {
  if (text.starts_with("PAR1")) return "a Parquet file, expected text; pandas: read_parquet(OLD).to_csv(NEW)";
  if (text.starts_with("PK\x03\x04")) return "a zip archive, expected text; unzip it first";
  if (is_utf16(text)) return kUtf16;
  const std::size_t end = std::min(text.find('\r'), text.size());
  if (text.find('\n') == text.npos && end + 1 < text.size())
    return "a text whose lines end in \\r alone, expected \\n or \\r\\n; tr '\\r' '\\n' < OLD > NEW makes it that";
  return {};
}

}  // namespace seqrec::data
