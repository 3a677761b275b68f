#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace seqrec::train {

enum class RunState {
  Running,    ///< a process owns the folder
  Stopped,    ///< it isn't finished: interrupted or killed
  Finished,   ///< there is a result
  Failed,     ///< it ended with an error
  Unreadable  ///< its files are damaged
};
/// "running", ...
const char* name_of(RunState state);

/// What a run's folder tells of it, without its model and data.
struct RunAbout {
  std::filesystem::path folder;
  RunState state = RunState::Stopped;
  std::string model, dataset;
  std::int64_t epoch = 0, epochs = 0;  ///< done, of the last stage; asked for
  std::int64_t best_epoch = 0;         ///< so far; 0: none yet
  std::string metric;                  ///< that chooses it: "mrr@10"
  bool smaller = false;                ///< smaller is better
  std::optional<double> valid;         ///< its value in the best epoch
  std::optional<double> test;          ///< and in the test
  std::int64_t decimal_places = 4;     ///< that they are shown with
  std::int64_t changed = 0;            ///< when a file of it last did, in seconds since 1970
  std::string error;                   ///< why it failed, or can't be read
};
/// {"run":..,"state":..,"model":..,"dataset":..,"epoch":..,"epochs":..,"best_epoch":..,"metric":..,"valid":..,"test":..,
/// "changed":..,"error":..}: valid and test are null where there are none, error is there only if there is one.
Json to_json(const RunAbout& run);

/// The run in a folder that holds one.
RunAbout about_run(const std::filesystem::path& folder);
/// The runs in and below a folder, by their paths; symbolic links to folders are not followed. IoError if it can't be
/// read.
std::vector<RunAbout> runs_in(const std::filesystem::path& folder);

}  // namespace seqrec::train
