#pragma once

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include "core/device.h"

namespace seqrec::golden {

/// What checking one case found. `error` is the largest error as a share of what is allowed: over 1 fails.
struct Finding {
  double error = 0;
  std::string where;    ///< the tensor or field with the largest error
  std::string skipped;  ///< why the case was not checked; empty if it was
  /// Then each of the expected values is changed in turn, by a thousandth: the smallest error that this makes. It must
  /// be found.
  double changed = std::numeric_limits<double>::infinity();

  void note(double share, const std::string& place) {
    if (!(share <= error)) {  // a NaN counts as the largest
      error = share;
      where = place;
    }
  }
  void note_changed(double share) { changed = std::min(changed, share); }
  bool passed() const { return error <= 1.0; }
  bool sees_changes() const { return changed > 1.0; }
};

/// Checks one case folder, of the kind that its files tell (main.cpp):
/// config.json with a "model"; ids.json and splits.safetensors; expected.json and scores.safetensors.
///
/// A model is made on `device`; the other kinds need none.
Finding check_model_case(const std::filesystem::path& folder, Device device);
Finding check_data_case(const std::filesystem::path& folder, const std::filesystem::path& data);
Finding check_metrics_case(const std::filesystem::path& folder);

}  // namespace seqrec::golden
