#include "core/cpu_memory.h"

#include <algorithm>
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

constexpr std::size_t kMaxBytes = std::numeric_limits<std::size_t>::max() / 4;  // so that rounding up stays below
constexpr std::size_t kAlwaysCached = std::size_t{16} << 20;

void* allocate_aligned(void* /*data*/, std::size_t bytes, std::size_t alignment) {
  return std::aligned_alloc(alignment, bytes);
}

void release_aligned(void* /*data*/, void* block, std::size_t /*bytes*/) { std::free(block); }

}  // namespace

CpuMemory::CpuMemory() : CpuMemory(Source{allocate_aligned, release_aligned, nullptr}) {}

void* CpuMemory::allocate(std::size_t bytes) {
  require<MemoryError>(bytes <= kMaxBytes, "out of memory: asked for ", bytes, " bytes");
  const std::scoped_lock lock(mutex_);
  const std::size_t size = idle_.round_up(bytes);
  void* data = idle_.take(size);
  if (data == nullptr) {
    trim_locked(std::max(stats_.peak_in_use, kAlwaysCached));
    data = source_.allocate(source_.data, size, kAlignment);
    if (data == nullptr) {
      trim_locked(0);
      data = source_.allocate(source_.data, size, kAlignment);
    }
    if (data == nullptr) {
      throw MemoryError(concat("out of memory: asked for ", bytes, " bytes, ", stats_.in_use, " bytes are in use"));
    }
    ++stats_.system_allocations;
  }
  stats_.in_use += size;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  ASAN_UNPOISON_MEMORY_REGION(data, bytes);
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(data) + bytes, size - bytes);
  return data;
}

void CpuMemory::release(void* data, std::size_t bytes) noexcept {
  const std::scoped_lock lock(mutex_);
  const std::size_t size = idle_.round_up(bytes);
  stats_.in_use -= size;
  ASAN_POISON_MEMORY_REGION(data, size);
  try {
    idle_.put(data, size);
  } catch (const std::bad_alloc&) {
    ASAN_UNPOISON_MEMORY_REGION(data, size);
    source_.release(source_.data, data, size);
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
  MemoryStats stats = stats_;
  stats.cached = idle_.bytes();
  return stats;
}

void CpuMemory::trim() {
  const std::scoped_lock lock(mutex_);
  trim_locked(0);
}

void CpuMemory::trim_locked(std::size_t cached) {
  while (idle_.bytes() > cached) {
    const auto [data, bytes] = *idle_.take_oldest();
    ASAN_UNPOISON_MEMORY_REGION(data, bytes);
    source_.release(source_.data, data, bytes);
  }
}

}  // namespace seqrec
