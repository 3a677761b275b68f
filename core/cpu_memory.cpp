#include "core/cpu_memory.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/error.h"

// Under AddressSanitizer what is cached or beyond the bytes asked for is poisoned, so that the cache hides no mistake.
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(data, bytes) ((void)(data), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(data, bytes) ((void)(data), (void)(bytes))
#endif

namespace seqrec {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMaxBytes = std::size_t{1} << 62;
constexpr std::size_t kAlwaysCached = std::size_t{16} << 20;

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

/// The smallest (8 + k) * 2^e that holds `bytes`, k in 0..7, never below the alignment.
SizeClass size_class(std::size_t bytes) {
  bytes = std::max(bytes, kAlignment);
  const auto exponent =
      static_cast<std::size_t>(std::bit_width(bytes - 1) - 1);  // 2^exponent < bytes <= 2^(exponent+1)
  const std::size_t step = std::max(kAlignment, (std::size_t{1} << exponent) / 8);
  const std::size_t rounded = (bytes + step - 1) / step * step;
  const std::size_t k = (rounded - (std::size_t{1} << exponent)) / step;  // 1..8
  return {exponent * 8 + k - 1, rounded};
}

}  // namespace

void* CpuMemory::allocate(std::size_t bytes) {
  require<Error>(bytes <= kMaxBytes, "out of memory: asked for ", bytes, " bytes");
  const SizeClass size = size_class(bytes);
  const std::scoped_lock lock(mutex_);
  std::vector<Idle>& free = free_[size.index];
  void* data = nullptr;
  if (!free.empty()) {
    data = free.back().data;
    free.pop_back();
    stats_.cached -= size.bytes;
  } else {
    trim_locked(std::max(stats_.peak_in_use, kAlwaysCached));
    data = std::aligned_alloc(kAlignment, size.bytes);
    if (data == nullptr) {
      trim_locked(0);
      data = std::aligned_alloc(kAlignment, size.bytes);
    }
    if (data == nullptr) {
      throw Error(concat("out of memory: asked for ", bytes, " bytes, ", stats_.in_use, " bytes are in use"));
    }
    ++stats_.system_allocations;
  }
  stats_.in_use += size.bytes;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  ASAN_UNPOISON_MEMORY_REGION(data, bytes);
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(data) + bytes, size.bytes - bytes);
  return data;
}

void CpuMemory::release(void* data, std::size_t bytes) noexcept {
  const SizeClass size = size_class(bytes);
  const std::scoped_lock lock(mutex_);
  stats_.in_use -= size.bytes;
  ASAN_POISON_MEMORY_REGION(data, size.bytes);
  try {
    free_[size.index].push_back({data, size.bytes, ++releases_});
    stats_.cached += size.bytes;
  } catch (const std::bad_alloc&) {
    ASAN_UNPOISON_MEMORY_REGION(data, size.bytes);
    std::free(data);
  }
}

void CpuMemory::zero(void* device, std::size_t bytes) {
  if (bytes > 0) std::memset(device, 0, bytes);
}

void CpuMemory::copy_from_host(void* device, const void* host, std::size_t bytes) {
  if (bytes > 0) std::memcpy(device, host, bytes);
}

void CpuMemory::copy_to_host(void* host, const void* device, std::size_t bytes) {
  if (bytes > 0) std::memcpy(host, device, bytes);
}

MemoryStats CpuMemory::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void CpuMemory::trim() {
  const std::scoped_lock lock(mutex_);
  trim_locked(0);
}

void CpuMemory::trim_locked(std::size_t cached) {
  while (stats_.cached > cached) {
    const auto oldest = std::ranges::min_element(free_, {}, [](const std::vector<Idle>& blocks) {
      return blocks.empty() ? std::numeric_limits<std::uint64_t>::max() : blocks.front().since;
    });
    const Idle idle = oldest->front();
    oldest->erase(oldest->begin());
    stats_.cached -= idle.bytes;
    ASAN_UNPOISON_MEMORY_REGION(idle.data, std::size_t{1});
    std::free(idle.data);
  }
}

}  // namespace seqrec
