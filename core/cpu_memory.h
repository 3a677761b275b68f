#pragma once

#include <mutex>

#include "core/block_cache.h"
#include "core/device.h"

namespace seqrec {

/// The CPU's memory. A released block is kept for the next allocation of its size. Where more memory is idle than was
/// ever in use at once, the blocks that were idle longest are given back before the system is asked for more.
class CpuMemory final : public Memory {
 public:
  /// Where its blocks come from, and go back to.
  struct Source {
    void* (*allocate)(void* data, std::size_t bytes, std::size_t alignment);  ///< null when out of memory
    void (*release)(void* data, void* block, std::size_t bytes);
    void* data;
  };

  /// From the C library.
  CpuMemory();
  explicit CpuMemory(const Source& source) : source_(source) {}
  ~CpuMemory() override { trim(); }
  void* allocate(std::size_t bytes) override;
  void release(void* data, std::size_t bytes) noexcept override;
  void zero(void* device, std::size_t bytes) override;
  void copy_from_host(void* device, const void* host, std::size_t bytes) override;
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  MemoryStats stats() const override;
  void trim() override;

 private:
  static constexpr std::size_t kAlignment = 64;
  /// Gives blocks back, those that were idle longest first, until at most `cached` bytes are idle.
  void trim_locked(std::size_t cached);

  Source source_;
  mutable std::mutex mutex_;
  BlockCache idle_{kAlignment};
  MemoryStats stats_;
};

}  // namespace seqrec
