#pragma once

#include <cstdint>
#include <string>

#include "core/device.h"

/// The CUDA backend as the rest of the program sees it. Implemented in kernels/cuda, or, in a program built without
/// CUDA, in kernels/cuda_stub, where there is never a device.
namespace seqrec::kernels::cuda {

/// How many devices there are; 0 without a driver, and in a program built without CUDA. Never fails.
int device_count();
/// Why there is no device: "built without CUDA", or what the driver says. Empty if there is one.
std::string absence();
inline bool available() { return device_count() > 0; }

/// Makes a device usable: its memory is registered, its stream made. The first call per device costs the time that the
/// driver needs. DeviceError `no CUDA device: ...` if there is none or none of that index, or it is the CPU; `can't
/// load libcublas...` without cuBLAS.
void open(Device device);
/// "NVIDIA H100 80GB HBM3, compute capability 9.0, 132 multiprocessors".
std::string description(Device device);

/// Waits until a device has done all that it was given. DeviceError if any of it failed.
void synchronize(Device device);
/// How often the host has waited for any device so far, copies to the host included: constant over a training step.
std::int64_t synchronizations();

}  // namespace seqrec::kernels::cuda
