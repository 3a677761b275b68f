#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "core/shared_array.h"
#include "data/config.h"
#include "data/dataset.h"
#include "data/timeline.h"

namespace seqrec::data {

/// Fills train, valid and test from the histories (every position but the first is a row), as eval_args.split and
/// group_by say. `keys` are the times of the interactions, by their place in Dataset::items_of; `file` stands in
/// errors.
void split_rows(Dataset& dataset, const Config& config, const TimeScale& scale, std::span<const std::int64_t> keys,
                const std::string& file);

/// The same where files say it: `parts` has 0, 1 or 2 for each value.
void split_by_part(Dataset& dataset, const SharedArray<std::uint8_t>& parts);
/// The same where a history is one row, whose target is the last item: `parts` has a number for each history.
void split_by_history_part(Dataset& dataset, const SharedArray<std::uint8_t>& parts);

/// Moves the last rows of train to valid, as many as `benchmark_valid_ratio` says: the epoch is then chosen on sessions
/// that the model didn't train on, where the files have none for that.
void hold_out_last_rows(Dataset& dataset, const Config& config);

/// Rows of train, valid and test.
using SplitCounts = std::array<std::int64_t, 3>;
/// The three numbers of a ratio split, brought to add up to 1.
std::array<double, 3> split_ratios(const Json& list);
/// RecBole's rounding of a ratio split; `ratios` add up to 1.
SplitCounts split_counts(std::int64_t total, const std::array<double, 3>& ratios);

}  // namespace seqrec::data
