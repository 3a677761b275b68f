#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/config.h"
#include "data/dataset.h"
#include "data/timeline.h"

namespace seqrec::data {

/// eval_args.split's GTS with its defaults, checked; `source` stands in errors. ConfigError.
Json complete_point_split(const Json& value, const std::string& source);

/// Splits at points in time that hold for all users (docs/training.md): GTS, and TS. `keys` are the times of the
/// interactions, by their place in Dataset::items_of. DataError where times are missing, or where no interaction is on
/// one side of a point; `file` stands in it.
void split_at_points(Dataset& dataset, const Config& config, const TimeScale& scale, std::span<const std::int64_t> keys,
                     const std::string& file);

}  // namespace seqrec::data
