#pragma once

#include <array>
#include <mutex>
#include <vector>

#include "core/device.h"

namespace seqrec {

/// The CPU's memory: blocks in size classes (eight a power of two, so at most an eighth is wasted), kept in free lists
/// when released. More idle memory than was ever in use at once is given back before the system is asked for more.
class CpuMemory final : public Memory {
 public:
  ~CpuMemory() override { trim(); }
  void* allocate(std::size_t bytes) override;
  void release(void* data, std::size_t bytes) noexcept override;
  void zero(void* device, std::size_t bytes) override;
  void copy_from_host(void* device, const void* host, std::size_t bytes) override;
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  MemoryStats stats() const override;
  void trim() override;

 private:
  static constexpr std::size_t kClasses = 8 * 64;
  void trim_locked();

  mutable std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> free_;  // by size class
  MemoryStats stats_;
};

}  // namespace seqrec
