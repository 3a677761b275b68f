#pragma once

#include <cstdint>
#include <span>

#include "data/dataset.h"
#include "data/timeline.h"

namespace seqrec::data {

/// Counts the training interactions that are later than the earliest target of the test, by the times' keys.
void count_later(Dataset& dataset, const TimeScale& scale, std::span<const std::int64_t> keys);
/// Counts what training reads, and the test's rows of items and users that it doesn't know.
void count_cold(Dataset& dataset);

}  // namespace seqrec::data
