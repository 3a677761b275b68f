#pragma once

#include "core/device.h"
#include "data/config.h"
#include "train/events.h"

namespace seqrec::train {

/// Opens a device, sets it up as the configuration says (allow_tf32) and tells the observer which it is. Nothing to do
/// for the CPU. DeviceError `no CUDA device: ...` if there is none.
void open_device(Device device, const data::Config& config, Observer& observer);

}  // namespace seqrec::train
