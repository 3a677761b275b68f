#pragma once

#include <cstdint>
#include <functional>

#include <cuda_runtime.h>

#include "tests/cuda_sim/scheduler.h"

/// The simulated devices, their streams and what stands between them and the host. Work is put off until the host
/// waits for it, so that a missing synchronisation shows.
namespace cuda_sim {

/// The devices of the machine (2 at first). -1: no driver, so that cudaGetDeviceCount fails as NVIDIA's does.
void set_device_count(int devices);
/// cudaMalloc refuses to hold more bytes than that on all devices together.
void set_memory_limit(std::size_t bytes);
/// What the host has given all devices to do so far.
struct Requests {
  std::int64_t kernels = 0, products = 0, memsets = 0, copies = 0;  ///< cuBLAS's products; copies on the device
  std::int64_t uploads = 0, upload_bytes = 0;                       ///< copies from the host
  std::int64_t waits = 0;  ///< how often it waited: synchronisations, blocking copies, cudaFree
};
Requests requests();
void count_product();
/// Called with each launch from now on.
void watch_launches(std::function<void(const LaunchShape&)> watcher);
/// From now on nothing is done of what the host asks for, and memory is 0: who only counts has no time for the rest.
void pretend();
bool is_pretending();

/// What a launch gets wrong: threads, blocks, shared memory, a stream of another device than the current one.
cudaError_t check_launch(const LaunchShape& shape, const void* kernel);
/// Ends the program unless the pointer is null or memory of the stream's device.
void check_kernel_pointer(const LaunchShape& shape, const void* pointer);

/// Puts work off until the host waits for the stream; the first form forgets it while pretending.
void enqueue(cudaStream_t stream, std::function<void()> work);
void enqueue_always(cudaStream_t stream, std::function<void()> work);

}  // namespace cuda_sim
