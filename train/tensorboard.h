#pragma once

#include <cstdint>
#include <string>

#include "train/events.h"

namespace seqrec::train {

/// Records of a TensorBoard event file: TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of them) of the
/// protocol buffer `Event` (tensorboard/compat/proto/event.proto), with scalars as simple values. `time` is in seconds
/// since 1970.

/// The record that a file begins with.
std::string tensorboard_header(double time);
/// What an epoch came to, at its number as the step: loss, train_seconds, and of a validation valid/METRIC. Of a model
/// with stages the names begin with STAGE/.
std::string tensorboard_record(const EpochReport& report, double time);
/// The test's metrics, as test/METRIC, at the last epoch.
std::string tensorboard_record(const RunResult& result, double time);

}  // namespace seqrec::train
