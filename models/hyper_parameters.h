#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"

namespace seqrec::models {

/// Reads a model's hyper-parameters (ModelSpec), which are checked: make_model and the model file's reader see to it,
/// by the model's table of keys. UsageError for a name that isn't in the table, or is of another type there.
class HyperParameters {
 public:
  explicit HyperParameters(Json values) : values_(std::move(values)) {}

  std::int64_t get_int(std::string_view key) const;
  double get_double(std::string_view key) const;
  bool get_bool(std::string_view key) const;
  const std::string& get_string(std::string_view key) const;
  /// Lists; a single value stands for a list of one, null for an empty one.
  std::vector<std::int64_t> get_ints(std::string_view key) const;
  std::vector<double> get_doubles(std::string_view key) const;
  std::vector<std::string> get_strings(std::string_view key) const;

 private:
  Json values_;
};

}  // namespace seqrec::models
