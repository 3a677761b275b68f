#pragma once

#include <string>
#include <vector>

#include "data/text_input.h"

namespace seqrec::data {

/// Delimited text as pandas and R write and read it: a field that begins with a quote (") ends with one, separators and
/// line ends in it are text, "" in it is a quote.
class DelimitedReader {
 public:
  /// Without a separator it is the one of "::", tab, comma, |, ; and space that cuts the first line into most fields.
  DelimitedReader(TextInput& text, std::string separator);

  /// The fields of the next record, which is a line but for line ends in quotes; false at the end. Empty lines are
  /// passed over. DataError for a quote that is never closed.
  bool read(std::vector<std::string>& fields);
  std::int64_t line() const { return line_; }  ///< where the last record began
  const std::string& separator() const { return separator_; }

 private:
  void split(std::vector<std::string>& fields);

  TextInput& text_;
  std::string separator_;
  std::string record_;
  std::int64_t line_ = 0;
  bool is_read_ = false;  // the first line, to find the separator
};

}  // namespace seqrec::data
