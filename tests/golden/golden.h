#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/device.h"

namespace seqrec::golden {

/// What checking one case found. `error` is the largest error as a share of what is allowed: over 1 fails.
struct Finding {
  double error = 0;
  std::string where;    ///< the tensor or field with the largest error
  std::string skipped;  ///< why the case was not checked; empty if it was

  void note(double share, const std::string& place) {
    if (!(share <= error)) {  // a NaN counts as the largest
      error = share;
      where = place;
    }
  }
  bool passed() const { return error <= 1.0; }
};

/// Checks one case folder, of the kind that its files tell (main.cpp):
/// config.json with a "model"; ids.json and splits.safetensors; expected.json and scores.safetensors.
///
/// A model is made on `device`; the other kinds need none.
///
/// With `alter` the expected values are changed first, by a thousandth: each change must be found, so the answer is a
/// finding that fails, or the smallest of the errors that the changes made.
Finding check_model_case(const std::filesystem::path& folder, Device device, bool alter);
Finding check_data_case(const std::filesystem::path& folder, const std::filesystem::path& data, bool alter);
Finding check_metrics_case(const std::filesystem::path& folder, bool alter);

}  // namespace seqrec::golden
