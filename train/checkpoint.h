#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "nn/module.h"
#include "train/run_binding.h"
#include "train/train_state.h"

namespace seqrec::train {

using nn::NamedTensors;

/// What a checkpoint holds, to be written. Its tensors on the CPU are kept and not copied.
SafetensorsWriter checkpoint_of(const TrainState& state, const NamedTensors& tensors, const RunBinding& binding);
/// Writes a checkpoint as one step: a crash at any moment leaves the old one or the new one.
void save_checkpoint(const std::filesystem::path& path, const TrainState& state, const NamedTensors& tensors,
                     const RunBinding& binding);

struct LoadedCheckpoint {
  TrainState state;
  std::vector<std::string> notices;  ///< lines for the user
};

/// Reads one, into the given tensors, which keep their values if it is refused: what RunBinding::check says;
/// FormatError naming the file if it is malformed or damaged, its tensors are others (in number, name, shape or dtype),
/// or its state or a tensor holds what the run can't have come to.
LoadedCheckpoint load_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors,
                                 const RunBinding& binding, const RunShape& run);

/// Refuses a checkpoint of a run with another configuration, while there are no data yet to hold against it: errors are
/// check_config's, naming the file.
void check_checkpoint(const std::filesystem::path& path, const data::Config& config);
/// Refuses a checkpoint of another run, as load_checkpoint does, without loading it; returns lines for the user.
std::vector<std::string> check_checkpoint(const std::filesystem::path& path, const RunBinding& binding);

}  // namespace seqrec::train
