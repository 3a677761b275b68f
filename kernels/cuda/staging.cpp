#include "kernels/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/context.h"

namespace seqrec::kernels::cuda {

static bool is_done(const Event& event) {
  const cudaError_t code = cudaEventQuery(event.get());
  if (code == cudaErrorNotReady) return false;
  check(code, "cudaEventQuery");
  return true;
}

Staging::Block Staging::take() {
  const bool free = !blocks_.empty() && is_done(blocks_.front().copied);
  if (free || blocks_.size() == kMaxBlocks) {
    Block block = std::move(blocks_.front());
    blocks_.pop_front();
    if (!free) context_.wait(block.copied);
    return block;
  }
  void* data = nullptr;
  CUDA_CALL(cudaMallocHost, &data, kBlockBytes);
  return {data, make_event()};
}

void Staging::copy(void* device, const void* host, std::size_t bytes) {
  for (std::size_t begin = 0; begin < bytes; begin += kBlockBytes) {
    const std::size_t size = std::min(kBlockBytes, bytes - begin);
    Block block = take();
    std::memcpy(block.data, static_cast<const char*>(host) + begin, size);
    CUDA_CALL(cudaMemcpyAsync, static_cast<char*>(device) + begin, block.data, size, cudaMemcpyHostToDevice,
              context_.stream());
    CUDA_CALL(cudaEventRecord, block.copied.get(), context_.stream());
    blocks_.push_back(std::move(block));
  }
}

}  // namespace seqrec::kernels::cuda
