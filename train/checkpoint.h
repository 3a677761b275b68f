#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "nn/module.h"
#include "train/early_stopping.h"
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
TrainState train_state(const Json& json);

using nn::NamedTensors;

/// Writes a checkpoint as one step: a crash at any moment leaves the old one or the new one. `data` says what the run
/// trains on (data_fingerprint).
void save_checkpoint(const std::filesystem::path& path, const TrainState& state, const NamedTensors& tensors,
                     const std::string& data);

/// Reads one, into the given tensors. DataError if it was made on other data, FormatError if it is malformed or its
/// tensors are others (in number, name, shape or dtype).
TrainState load_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const std::string& data);

/// 16 hexadecimal digits that tell whether two prepared datasets train and evaluate the same.
std::string data_fingerprint(const data::Dataset& dataset);

}  // namespace seqrec::train
