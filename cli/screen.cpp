#include "cli/screen.h"

#include <algorithm>
#include <cstdlib>
#include <iomanip>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/concat.h"
#include "core/text_stream.h"

namespace seqrec::cli {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

bool says_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(environment(name));
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The first so many characters.
std::string_view first(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  for (; end < text.size(); ++end)
    if (!continues(text[end]) && characters-- == 0) break;
  return text.substr(0, end);
}

std::string_view last(std::string_view text, std::size_t characters) {
  return text.substr(first(text, width_of(text) - characters).size());
}

}  // namespace

Screen Screen::of(int descriptor) {
  Screen out;
  out.terminal = isatty(descriptor) == 1;
  if (!out.terminal) return out;
  out.colours = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  out.utf8 = says_utf8();
  struct winsize size = {};
  out.columns = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  return out;
}

std::string Screen::coloured(const char* code, const std::string& text) const {
  return colours && !text.empty() ? concat("\x1b[", code, "m", text, "\x1b[0m") : text;
}

std::string fixed(double value, int places) {
  TextStream out;
  out << std::fixed << std::setprecision(places) << value;
  return out.str();
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = std::min(text.find('m', i), text.size());
    else
      width += !continues(text[i]);
  }
  return width;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return width < columns ? text + std::string(columns - width, ' ') : text;
}

std::string padded_left(std::string text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return width < columns ? std::string(columns - width, ' ') + text : text;
}

std::string shortened(const std::string& text, std::size_t columns) {
  if (width_of(text) <= columns) return text;
  if (columns < 4) return std::string(first(text, columns));
  const std::size_t kept = columns - 2;
  return concat(first(text, kept / 2), "..", last(text, kept - kept / 2));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(' ', begin)) != text.npos;) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = shortened(std::string(text.substr(begin, end - begin)), columns);
    begin = end;
    if (!lines.empty() && width_of(lines.back()) + 1 + width_of(word) <= columns)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

}  // namespace seqrec::cli
