#include "kernels/cuda/memory.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/cuda/context.h"
#ifdef SEQREC_CUDA_SIM
#include <cuda_sim/memory.h>
#endif

namespace seqrec::kernels::cuda {
namespace {

constexpr std::size_t kAlignment = 512;
constexpr std::size_t kAlwaysCached = std::size_t{64} << 20;

#ifdef SEQREC_CUDA_SIM
using cuda_sim::give_back;
using cuda_sim::lend;
#else
// The simulator makes a block's content NaN when it is lent, and what is not lent inaccessible, in the stream's order.
void lend(void*, std::size_t, std::size_t, cudaStream_t) {}
void give_back(void*, std::size_t, cudaStream_t) {}
#endif

}  // namespace

DeviceMemory::DeviceMemory(Context& context) : context_(context), idle_(kAlignment), staging_(context) {}

void* DeviceMemory::allocate(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  const std::size_t size = idle_.round_up(bytes);
  std::optional<BlockCache::Block> block = idle_.take_fitting(size);
  if (!block) {
    trim_locked(std::max(stats_.peak_in_use, kAlwaysCached));
    block = {allocate_from_driver(size), size};
    ++stats_.system_allocations;
  } else if (block->bytes > size) {
    larger_[block->data] = block->bytes;
  }
  stats_.in_use += block->bytes;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  lend(block->data, bytes, block->bytes, context_.stream());
  return block->data;
}

void* DeviceMemory::allocate_from_driver(std::size_t bytes) {
  context_.activate();
  void* data = nullptr;
  cudaError_t code = cudaMalloc(&data, bytes);
  if (code == cudaErrorMemoryAllocation) {
    trim_locked(0);
    code = cudaMalloc(&data, bytes);
  }
  if (code == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());  // it would show at the next launch
    throw DeviceError(concat("out of memory on ", context_.device(), ": asked for ", bytes, " bytes, ", stats_.in_use,
                             " bytes are in use"));
  }
  check(code, "cudaMalloc");
  return data;
}

void DeviceMemory::release(void* data, std::size_t bytes) noexcept {
  const std::scoped_lock lock(mutex_);
  std::size_t size = idle_.round_up(bytes);
  if (const auto larger = larger_.find(data); larger != larger_.end()) {
    size = larger->second;
    larger_.erase(larger);
  }
  stats_.in_use -= size;
  try {
    idle_.put(data, size);
    give_back(data, size, context_.stream());
  } catch (const std::bad_alloc&) {
    static_cast<void>(cudaFree(data));
  }
}

void DeviceMemory::zero(void* device, std::size_t bytes) {
  if (bytes == 0) return;
  context_.activate();
  CUDA_CALL(cudaMemsetAsync, device, 0, bytes, context_.stream());
}

void DeviceMemory::copy_from_host(void* device, const void* host, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  context_.activate();
  staging_.copy(device, host, bytes);
}

void DeviceMemory::copy_to_host(void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  context_.activate();
  CUDA_CALL(cudaMemcpyAsync, host, device, bytes, cudaMemcpyDeviceToHost, context_.stream());
  context_.synchronize();
}

MemoryStats DeviceMemory::stats() const {
  const std::scoped_lock lock(mutex_);
  MemoryStats stats = stats_;
  stats.cached = idle_.bytes();
  return stats;
}

void DeviceMemory::trim() {
  const std::scoped_lock lock(mutex_);
  trim_locked(0);
}

void DeviceMemory::trim_locked(std::size_t cached) {
  if (idle_.bytes() <= cached) return;
  context_.synchronize();
  while (idle_.bytes() > cached) CUDA_CALL(cudaFree, idle_.take_oldest()->data);
}

}  // namespace seqrec::kernels::cuda
