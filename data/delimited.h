#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "data/text_input.h"

namespace seqrec::data {

/// Delimited text, its fields quoted as pandas and R do it (data/quotes.h), with line ends in quotes too.
class DelimitedReader {
 public:
  /// Without a separator it is the one of "::", tab, comma, |, ; and space that cuts the first line into most fields.
  DelimitedReader(TextInput& text, std::string separator);

  /// The fields of the next record, which is a line but for line ends in quotes, valid until the next call; false at
  /// the end. Empty lines are passed over. DataError for a quote that isn't closed within 256 KiB.
  bool read(std::vector<std::string_view>& fields);
  std::int64_t line() const { return line_; }  ///< where the last record began
  const std::string& separator() const { return separator_; }

 private:
  TextInput& text_;
  std::string separator_;
  std::string record_;
  std::deque<std::string> kept_;
  std::int64_t line_ = 0;
  bool is_read_ = false;  // the first line, to find the separator
};

}  // namespace seqrec::data
