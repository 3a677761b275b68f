#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seqrec::cli {

/// Rows of cells under titles. The first column stands left, the others right. Cells may hold colours.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  /// A row of as many cells as there are titles.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Its lines, of at most so many columns (0: any number). Columns of the table that don't fit beside each other
  /// follow below, behind the first one again, which takes half of the width at most.
  std::vector<std::string> lines(std::size_t columns) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace seqrec::cli
