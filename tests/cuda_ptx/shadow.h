#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/cuda_sim/memory_watcher.h"

namespace cuda_ptx {

/// Knows of each byte of device memory which device's kernels may touch it: none before it is allocated, beyond what
/// was asked for, and after it was released.
class Shadow : public cuda_sim::MemoryWatcher {
 public:
  void on_reserved(const char* begin, std::size_t bytes) override;
  void on_allowed(const void* data, std::size_t bytes, int device) override;
  void on_forbidden(const void* data, std::size_t bytes) override;

  /// Whether all these bytes (16 at most) are the device's.
  template <int kBytes>
  bool allows(std::uint64_t address, int device) const {
    const std::uint64_t offset = address - begin_;
    if (offset >= bytes_) return false;
    unsigned char expected[kBytes];
    std::memset(expected, owner(device), kBytes);
    return std::memcmp(owners_ + offset, expected, kBytes) == 0;
  }

 private:
  static unsigned char owner(int device) { return static_cast<unsigned char>(device + 1); }
  void set(const void* data, std::size_t bytes, unsigned char owner);

  std::uint64_t begin_ = 0, bytes_ = 0;
  unsigned char* owners_ = nullptr;  // a byte each; 0: nobody
};

extern Shadow shadow;

}  // namespace cuda_ptx
