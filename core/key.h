#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace seqrec {

/// A configuration key: what a model declares of its own, and the table of RecBole's keys in data/. A null default
/// means that null (`~`, `None`) is a legal value.
struct Key {
  enum class Kind {
    Infer,     ///< the type of the default value (anything, if that is null)
    Any,       ///< checked by the reader of the key
    Bool,      ///< true or false
    Int,       ///< an integer >= min
    Number,    ///< a number >= min
    String,    ///< a string, one of `choices` if there are any
    List,      ///< a list; a single value stands for a list of one
    Map,       ///< a map
    Interval,  ///< "[a,b);(c,inf)" or a list of two numbers, the closed interval
    NullOnly   ///< a RecBole key that is known but not supported: only null, false, "" or empty
  };

  std::string name;
  Json default_value;
  std::string help;  ///< one line
  Kind kind = Kind::Infer;
  double min = -std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  /// The default under `compat: recbole`, where it differs.
  std::optional<Json> recbole_default = {};
  /// Says where or how a machine runs (a path): not stored in a model file.
  bool local = false;
};

}  // namespace seqrec
