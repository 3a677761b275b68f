#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace seqrec::data {

/// A filter that left rows out.
struct FilterStep {
  std::string filter;  ///< its key, with the value that it had
  std::string file;
  std::int64_t before = 0, after = 0;  ///< rows of the file
  std::string text;                    ///< a line that says it, with an example
};

/// Something in the data that one should know.
struct Finding {
  std::string kind;        ///< one of a few words, such as missing_times
  std::int64_t count = 0;  ///< how many there are,
  std::int64_t of = 0;     ///< of how many
  std::string text;        ///< a line that says it, with an example
};

/// What prepare() did with the data and what it found in them, in that order: shown by `seqrec data` and when training
/// or evaluating begins, kept in the run's folder (data.json). Nothing is left out of the data without a word here.
struct DataReport {
  std::vector<FilterStep> filters;
  std::vector<Finding> findings;

  void find(std::string kind, std::int64_t count, std::int64_t of, std::string text) {
    findings.push_back({std::move(kind), count, of, std::move(text)});
  }
  std::vector<std::string> lines() const;
};

/// {"filters": [{"filter", "file", "before", "after", "text"}], "findings": [{"kind", "count", "of", "text"}]}
Json to_json(const DataReport& report);

/// What to_json() made. FormatError for anything else.
DataReport report_of(const Json& json);

/// A token as messages show it.
std::string in_quotes(std::string_view token);
/// "1 row", "2 rows".
std::string counted(std::int64_t count, std::string_view what);
/// "is" or "are".
constexpr const char* is_or_are(std::int64_t count) { return count == 1 ? "is" : "are"; }

}  // namespace seqrec::data
