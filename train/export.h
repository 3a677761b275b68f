#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/stored_table.h"
#include "train/compare.h"
#include "train/run.h"

namespace seqrec::train {

/// A model file for those who serve it, as `seqrec export` asks for it.
struct ExportRequest {
  std::filesystem::path model_file, out;
  StoredType tables = StoredType::F32;  ///< what the tables are stored as
  bool prune_users = false;             ///< leaves out the users (models/export.h)
  /// The data of a test before and after, above the configuration in the model file; nothing: no test.
  std::optional<data::ConfigInput> data = {};
  bool must_test = true;  ///< else what keeps the data from being tested is a notice
};
struct ExportResult {
  /// A metric of the test as it was and as it is, with the difference. Without standard errors (NaN) where nothing was
  /// ranked.
  struct Metric {
    std::string name;
    Estimate before, after, difference;
  };
  struct Part {
    std::string name;                    ///< of a table; "other parameters", "users' tokens", "items' tokens"
    std::int64_t before = 0, after = 0;  ///< bytes
  };
  std::vector<Part> parts;
  std::int64_t before = 0, after = 0;  ///< bytes of the files
  std::int64_t rows = 0;               ///< that were tested
  std::vector<Metric> metrics;
};
/// {"event":"export","bytes_before":..,"bytes_after":..,"parts":[..],"rows":..,"metrics":[..]}
Json to_json(const ExportResult& result);

/// Writes the file, and tests what it answers beside what the old one did. Errors as models::load_model's and
/// save_model_file's; UsageError for a model without parameters, or users that can't be pruned.
ExportResult export_model(const ExportRequest& request, Observer& observer);

}  // namespace seqrec::train
