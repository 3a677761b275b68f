#pragma once

#include <mutex>
#include <unordered_map>

#include "core/block_cache.h"
#include "core/device.h"
#include "kernels/cuda/staging.h"

namespace seqrec::kernels::cuda {

class Context;

/// A device's memory, cached: a released block serves the next allocation of its size class, or of one up to half as
/// large, at once, which is right because all that uses it runs on one stream, in order. The driver is asked only for
/// what was never there, so steady training steps get the same addresses without a call. Where more is idle than was
/// ever in use at once, what was idle longest is given back before the driver is asked for more.
class DeviceMemory final : public Memory {
 public:
  explicit DeviceMemory(Context& context);
  void* allocate(std::size_t bytes) override;
  void release(void* data, std::size_t bytes) noexcept override;
  void zero(void* device, std::size_t bytes) override;
  /// Returns once the host's bytes are copied aside; the copy to the device is ordered with the stream's work.
  void copy_from_host(void* device, const void* host, std::size_t bytes) override;
  /// Waits for the stream.
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  MemoryStats stats() const override;
  void trim() override;

 private:
  void* allocate_from_driver(std::size_t bytes);
  /// Gives blocks back, those that were idle longest first, until at most `cached` bytes are idle.
  void trim_locked(std::size_t cached);

  Context& context_;
  mutable std::mutex mutex_;
  BlockCache idle_;
  std::unordered_map<void*, std::size_t> larger_;  // what is lent out for less than its class: its bytes
  Staging staging_;
  MemoryStats stats_;
};

}  // namespace seqrec::kernels::cuda
