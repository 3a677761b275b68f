#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqrec::report {

/// A text for the body of a page or an attribute's value: no character of it is markup, and bytes that are not UTF-8
/// and control characters are escaped as messages have them (core/shown.h).
std::string html(std::string_view text);

/// A number as pages have it, in any locale: with so many decimal places; a dash where it isn't finite.
std::string decimal(double value, int places);
/// A whole number, its thousands apart.
std::string grouped(std::int64_t value);

/// A text that is too long for a line of a table, as HTML.
std::string long_text(std::string_view text);

/// A table that scrolls sideways where it is wider than the page.
class Table {
 public:
  /// The names of the columns, as text.
  explicit Table(std::vector<std::string> columns);

  /// A row of cells that are HTML already; the first one is its name. `css` is the row's class, if any.
  void add(const std::vector<std::string>& cells, std::string_view css = "");
  bool empty() const { return rows_.empty(); }
  std::string done() const;

 private:
  std::vector<std::string> columns_;
  std::string rows_;
};

}  // namespace seqrec::report
