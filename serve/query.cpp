#include "serve/query.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/shown.h"

namespace seqrec::serve {
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    require<FormatError>(digits.size() == 2 && error == std::errc() && end == digits.data() + 2, "the query has '%",
                         shown(digits), "', expected two hexadecimal digits");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> parse_query(std::string_view query) {
  std::map<std::string, std::string> out;
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view pair = query.substr(begin, end - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto [place, added] =
        out.try_emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
    require<FormatError>(added, "the query has ", shown(place->first), " twice");
    begin = end + 1;
  }
  return out;
}

}  // namespace seqrec::serve
