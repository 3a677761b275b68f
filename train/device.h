#pragma once

#include "core/device.h"
#include "data/config.h"
#include "kernels/precision.h"
#include "train/events.h"

namespace seqrec::train {

/// Opens a device and tells the observer which it is. Nothing to do for the CPU. DeviceError `no CUDA device: ...` if
/// there is none, and for a library that it needs.
void open_device(Device device, Observer& observer);

/// The configuration's product_precision.
kernels::ProductPrecision product_precision(const data::Config& config);

}  // namespace seqrec::train
