#pragma once

#include <cstddef>

namespace cuda_sim {

/// Is told which bytes a device's kernels may touch, beside ASan (tests/cuda_ptx checks accesses by itself).
class MemoryWatcher {
 public:
  virtual ~MemoryWatcher() = default;
  virtual void on_reserved(const char* begin, std::size_t bytes) = 0;
  virtual void on_allowed(const void* data, std::size_t bytes, int device) = 0;
  virtual void on_forbidden(const void* data, std::size_t bytes) = 0;
};
/// Before anything is allocated.
void watch_memory(MemoryWatcher& watcher);

}  // namespace cuda_sim
