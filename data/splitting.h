#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::data {

/// Fills train, valid and test from the histories (every position but the first is a row), as eval_args.split and
/// group_by say. `is_before(a, b)` orders two values (places in Dataset::items_of) by time; only RS over all users
/// needs it.
void split_rows(Dataset& dataset, const Config& config,
                const std::function<bool(std::int64_t a, std::int64_t b)>& is_before);

/// Moves the last rows of train to valid, as many as `benchmark_valid_ratio` says: the epoch is then chosen on sessions
/// that the model didn't train on, where the files have none for that.
void hold_out_last_rows(Dataset& dataset, const Config& config);

/// Rows of train, valid and test.
using SplitCounts = std::array<std::int64_t, 3>;
/// RecBole's rounding of a ratio split; `ratios` add up to 1.
SplitCounts split_counts(std::int64_t total, const std::array<double, 3>& ratios);

}  // namespace seqrec::data
