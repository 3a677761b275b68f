#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/device.h"

namespace seqrec {

/// The CPU's memory: blocks in size classes (eight a power of two, so at most an eighth is wasted), kept in free lists
/// when released. Where more memory is idle than was ever in use at once, the blocks that were idle longest are given
/// back before the system is asked for more.
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
  struct Idle {
    void* data;
    std::size_t bytes;
    std::uint64_t since;  // counts releases
  };
  /// Gives blocks back, those that were idle longest first, until at most `cached` bytes are idle.
  void trim_locked(std::size_t cached);

  mutable std::mutex mutex_;
  std::array<std::vector<Idle>, kClasses> free_;  // by size class, each in order of release
  std::uint64_t releases_ = 0;
  MemoryStats stats_;
};

}  // namespace seqrec
