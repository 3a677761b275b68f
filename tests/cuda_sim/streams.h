#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include <cuda_runtime.h>

// What the headers leave open: here a stream is a queue, an event a place in one.
struct CUstream_st {
  int device;
  std::deque<std::function<void()>> work;
};
struct CUevent_st {
  cudaStream_t stream = nullptr;
  std::int64_t recorded = 0;  ///< how often it was put into a stream
  std::int64_t reached = 0;   ///< the last of these that the stream has come to
};

namespace cuda_sim {

/// The simulator does one thing at a time, whichever thread asks.
std::recursive_mutex& mutex();

/// Does what a stream was given, until `enough`.
void run(
    cudaStream_t stream, const std::function<bool()>& enough = [] { return false; });
/// The same for all streams of a device; -1: of all devices.
void run_all(int device);
/// The host waits: counted.
void count_wait();
int current_device();

}  // namespace cuda_sim
