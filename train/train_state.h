#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "train/early_stopping.h"
#include "train/evaluator.h"
#include "train/events.h"

namespace seqrec::train {

/// Where training stands, but for tensors. Random numbers need no state: they are addressed by the seed, the epoch and
/// the step.
struct TrainState {
  std::int64_t epoch = 0;        ///< epochs that are done, validation included
  std::int64_t step = 0;         ///< steps that are done of the epoch that runs
  std::int64_t total_steps = 0;  ///< since training began: addresses the random numbers of a step
  double loss_sum = 0;           ///< of the steps of the epoch that runs
  double train_seconds = 0;      ///< spent on them
  std::int64_t evaluations = 0;
  EarlyStopping early;
  std::int64_t best_epoch = 0;      ///< from 1; 0 before the first
  std::vector<EpochReport> epochs;  ///< of the epochs that are done
};
Json to_json(const TrainState& state);
/// The inverse. FormatError naming the member that is missing or of another type.
TrainState train_state(const Json& json);

/// What a run says of the states that it may be in.
struct RunShape {
  std::int64_t epochs = 0;
  std::int64_t least_steps = 0, most_steps = 0;           ///< of an epoch
  std::function<std::int64_t(std::int64_t epoch)> steps;  ///< of epoch [0, epochs]
  std::int64_t eval_step = 0;                             ///< epochs from one validation to the next; 0: none
  ValidMetric valid_metric;                               ///< where there are validations
  std::int64_t stopping_step = 0, metric_decimal_place = 0;
  std::string stage;
};
/// FormatError unless the run can have come to this state: "epoch: expected 0 to 3, got 7".
void check_state(const TrainState& state, const RunShape& run);

}  // namespace seqrec::train
