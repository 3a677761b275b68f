#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "nn/module.h"

namespace seqrec::train {

/// What a run surely takes, in bytes, beside its data and batches.
struct Room {
  std::int64_t memory = 0;      ///< parameters, what the learner keeps of them, and those of the best epoch
  std::int64_t checkpoint = 0;  ///< of the disk
  std::int64_t disk = 0;        ///< at most: a checkpoint beside the one that it replaces, and the model file
};

std::int64_t bytes_of(const nn::NamedTensors& tensors);
/// `parameters` are the model's tensors, `kept` those of a checkpoint.
Room room_of(const nn::NamedTensors& parameters, const nn::NamedTensors& kept);
/// "takes at least 10.2 GB of memory and 23.0 GB of disk (a checkpoint has 10.2 GB)"
std::string text_of(const Room& room);

/// Bytes that the system still has for this process: the machine's (available memory and free swap), or what is left
/// under the limits of the cgroups that it is in (version 2, or 1), where what they cache counts as free. None where
/// the system doesn't say. `root` is where /proc and /sys are.
std::optional<std::int64_t> free_memory(const std::filesystem::path& root = "/");

/// MemoryError if `bytes` more can't be had: "training needs 12.8 GB more for WHAT, but there are 3.1 GB".
void check_memory(std::int64_t bytes, const std::string& what, std::optional<std::int64_t> free);

/// Whether so much may be taken for speed alone: at most half of what is free, where the system says.
bool can_spare(std::int64_t bytes, std::optional<std::int64_t> free);

/// IoError if the file system of a run's folder, with what the run has there already, is too small.
void check_disk(const Room& room, const std::filesystem::path& folder, std::int64_t held, std::int64_t free);

}  // namespace seqrec::train
