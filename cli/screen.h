#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seqrec::cli {

/// What a stream goes to. A file or a pipe has no width, so lines stay whole there, and no colours.
struct Screen {
  bool terminal = false;
  bool colours = false;  ///< a terminal that knows them, without NO_COLOR (https://no-color.org)
  bool utf8 = false;     ///< the locale says that it shows UTF-8
  std::size_t columns = 0;

  /// That of a file descriptor, now: a terminal may change its width.
  static Screen of(int descriptor);

  /// The text in bold, or in green, where there are colours.
  std::string bold(const std::string& text) const { return coloured("1", text); }
  std::string green(const std::string& text) const { return coloured("32", text); }

 private:
  std::string coloured(const char* code, const std::string& text) const;
};

/// A number with so many decimal places.
std::string fixed(double value, int places);
/// How many columns a text takes, whose characters take one each: characters of UTF-8, not bytes, and no colours.
std::size_t width_of(std::string_view text);
/// The text with spaces behind it (or before it), so that it takes so many columns at least.
std::string padded(std::string text, std::size_t columns);
std::string padded_left(std::string text, std::size_t columns);
/// The words of a text in lines of at most so many columns; a longer word has a line of its own, cut in its middle.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);
/// A text of at most so many columns: of a longer one the begin and the end, with ".." between.
std::string shortened(const std::string& text, std::size_t columns);

}  // namespace seqrec::cli
