#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seqrec::data {

/// What to make an atomic file of.
struct ConvertRequest {
  enum class Layout {
    Auto,       ///< JSON lines where the text begins with {, delimited otherwise
    Delimited,  ///< data/delimited.h
    Json,       ///< an object per line
    Sessions    ///< per line the items of a session, oldest first
  };

  std::filesystem::path input;  ///< text, gzipped or not
  std::filesystem::path out;    ///< the atomic file; its folder is made
  Layout layout = Layout::Auto;
  /// The columns to write, each NAME[=SOURCE][:TYPE]. SOURCE: the input's name of the column, or its number from 1;
  /// NAME, or else the column's place in this list, without it. TYPE: token, token_seq, float or float_seq; without it
  /// float for timestamp, rating, label and price, else token. Sessions have user_id, item_id and timestamp.
  std::vector<std::string> columns;
  std::string separator;       ///< empty: found in the first line; of a session's items: white space
  std::optional<bool> header;  ///< whether the first line names the columns; without it: if it holds all sources' names
};

struct ConvertResult {
  std::int64_t rows = 0;
  std::string header;                ///< of the atomic file: "user_id:token item_id:token"
  std::vector<std::string> notices;  ///< what was changed or missing, with counts
};

/// Reads delimited text, JSON lines or sessions and writes an atomic file: tab-separated, quoted where need be. Dates
/// (data/date.h) in float columns become seconds since 1970. UsageError for wrong columns; DataError naming file and
/// line for content that doesn't fit them; IoError. Nothing is written unless all of it could be read.
ConvertResult convert(const ConvertRequest& request);

}  // namespace seqrec::data
