#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "data/dataset.h"

namespace seqrec::train {

/// Compares a configuration with the one that a checkpoint kept (RunBinding::config()). ConfigError naming the keys
/// that differ with both values, FormatError if that is malformed.
void check_config(const data::Config& config, const std::string& kept);

/// What a checkpoint is bound to: the data that its run trains on, and the configuration that says how.
class RunBinding {
 public:
  /// Dataset and configuration must outlive it. `titles` are those of the items.
  RunBinding(const data::Dataset& dataset, const data::Config& config, const std::vector<std::string>& titles = {});

  /// What the checkpoint keeps: a JSON map from each part of the data to digits that tell whether it is the same, and
  /// the configuration without paths.
  std::string data() const { return data_.dump(); }
  std::string config() const { return config_.portable().dump(); }
  /// Compares both with what a checkpoint kept. DataError naming the parts that differ, ConfigError naming the keys
  /// with both values, FormatError if they are malformed. Returns lines for the user: other titles are no error, since
  /// nothing is computed from them.
  std::vector<std::string> check(const std::string& data, const std::string& config) const;
  /// Compares the data alone. `bound` is what stands in the error for who kept them.
  void check_data(const std::string& data, const char* bound = "run was trained on") const;
  /// The same of a checkpoint in format version 1, which kept users, items, histories and rows as one.
  std::vector<std::string> check_version_1(const std::string& data) const;

 private:
  const data::Dataset& dataset_;
  const data::Config& config_;
  Json data_;
};

}  // namespace seqrec::train
