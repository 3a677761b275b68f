#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "train/run.h"

namespace seqrec::tune {

/// What a run of a trial came to.
struct RunOutcome {
  bool interrupted = false;    ///< it stands at a checkpoint on its way, the rest is empty
  std::string error = {};      ///< why it failed, if it did
  double value = 0;            ///< of valid_metric in the best epoch
  std::int64_t epochs = 0;     ///< that are done
  bool stopped_early = false;  ///< by early stopping
};

/// Whoever watches a run: whether it shall stop as soon as it can, and how far it is.
struct RunWatch {
  std::function<bool()> stopped;
  std::function<void(std::int64_t epoch, std::int64_t epochs)> on_progress;
};

/// Trains the run in `request.out`, which begins or goes on, until so many epochs are validated; without a number to
/// its end, as train::train does. Errors that another configuration may not have are the outcome's; of a run that goes
/// on ConfigError, UsageError and DataError are thrown, naming its folder: it was changed, or trained further.
RunOutcome run_until(train::TrainRequest request, std::optional<std::int64_t> epochs, const RunWatch& watch);

}  // namespace seqrec::tune
