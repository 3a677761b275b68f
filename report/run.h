#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "train/events.h"
#include "train/run_folder.h"

namespace seqrec::report {

/// What a run's folder tells, finished or not, read without its lock: a run that goes on may be looked at.
struct Run {
  std::string name;  ///< the folder as it was given
  train::RunFiles files;
  Json config = {};                             ///< config.json
  Json defaults = {};                           ///< what it would be had nobody written a key
  Json data = {};                               ///< data.json; null in a run of an older seqrec
  std::vector<train::EpochReport> epochs = {};  ///< of all stages, in order
  std::optional<train::RunResult> result = {};  ///< none until the run has finished

  const std::string& model() const { return config.at("model").as_string(); }
  const std::string& dataset() const { return config.at("dataset").as_string(); }
  /// valid_metric as results name it: "mrr@10".
  std::string valid_metric() const;
};

/// UsageError if there is no run; IoError and FormatError naming the file that can't be read or isn't a run's.
Run read_run(const std::string& folder);

}  // namespace seqrec::report
