#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace seqrec::data {

/// A field that began with a quote, without its quotes: a view of the line, or where that isn't one piece a text in
/// `kept`. `line` moves to behind the field; false if the quote isn't closed.
inline bool take_quoted(std::string_view& line, std::string_view separator, std::deque<std::string>& kept,
                        std::string_view& field) {
  std::size_t close = 1;
  bool doubled = false;
  for (;; close += 2, doubled = true) {  // "" is a quote
    close = line.find('"', close);
    if (close == line.npos) return false;
    if (!line.substr(close + 1).starts_with('"')) break;
  }
  const std::size_t end = std::min(line.find(separator, close + 1), line.size());
  const std::string_view rest = line.substr(close + 1, end - close - 1);  // what pandas adds as it stands
  field = line.substr(1, close - 1);
  line.remove_prefix(end);
  if (!doubled && rest.empty()) return true;
  std::string& text = kept.emplace_back();
  for (std::size_t i = 0; i < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"') ++i;
  }
  text += rest;
  field = text;
  return true;
}

/// Calls f(field) for each field of a line as pandas and R write it: one that begins with a quote (") ends with one,
/// and a separator in it is text. False if a quote isn't closed.
template <class F>
bool split_quoted(std::string_view line, std::string_view separator, std::deque<std::string>& kept, F&& f) {
  for (;;) {
    std::string_view field;
    if (!line.starts_with('"')) {
      field = line.substr(0, line.find(separator));
      line.remove_prefix(field.size());
    } else if (!take_quoted(line, separator, kept, field)) {
      return false;
    }
    f(field);
    if (line.empty()) return true;
    line.remove_prefix(separator.size());
  }
}

}  // namespace seqrec::data
