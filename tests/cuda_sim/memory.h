#pragma once

#include <cstddef>

#include <cuda_runtime.h>

#include "tests/cuda_sim/memory_watcher.h"

/// Device memory: one range of addresses that the host can touch only while an Access is alive.
namespace cuda_sim {

inline std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Null when the range or the limit is used up.
void* allocate(std::size_t bytes, int device);
/// False if it isn't the beginning of a live block.
bool release_block(void* data);
/// The device of the block that holds these bytes; -1 if none does: the host's.
int device_of(const void* data, std::size_t bytes = 1);
void limit_memory(std::size_t bytes);

/// Opens device memory: kernels and copies run under it.
class Access {
 public:
  Access();
  ~Access();
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
};

// For a caching allocator, in the stream's order: a block of `capacity` bytes is handed out for `bytes` (its content
// becomes NaN, the rest is forbidden under ASan), and comes back (forbidden).
void lend(void* data, std::size_t bytes, std::size_t capacity, cudaStream_t stream);
void give_back(void* data, std::size_t capacity, cudaStream_t stream);

}  // namespace cuda_sim
