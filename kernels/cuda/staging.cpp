#include "kernels/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/context.h"

namespace seqrec::kernels::cuda {

static constexpr std::size_t kStagedAlignment = 64;

static bool is_done(const Event& event) {
  const cudaError_t code = cudaEventQuery(event.get());
  if (code == cudaErrorNotReady) return false;
  check(code, "cudaEventQuery");
  return true;
}

Staging::Block Staging::take() {
  const bool free = !full_.empty() && is_done(full_.front().copied);
  if (free || full_.size() == kMaxBlocks) {
    if (!free) context_.wait(full_.front().copied);  // if it throws, the block stays where it is
    Block block = std::move(full_.front());
    full_.pop_front();
    return block;
  }
  Event copied = make_event();
  void* data = nullptr;
  CUDA_CALL(cudaMallocHost, &data, kBlockBytes);
  return {static_cast<std::byte*>(data), std::move(copied)};
}

void Staging::copy(void* device, const void* host, std::size_t bytes) {
  for (std::size_t begin = 0, size = 0; begin < bytes; begin += size) {
    if (!filling_ || used_ + std::min(bytes - begin, kBlockBytes) > kBlockBytes) {
      if (filling_) {
        CUDA_CALL(cudaEventRecord, filling_->copied.get(), context_.stream());
        full_.push_back(std::move(*filling_));
        filling_.reset();
      }
      filling_ = take();
      used_ = 0;
    }
    size = std::min(kBlockBytes - used_, bytes - begin);
    std::byte* const staged = filling_->data + used_;
    std::memcpy(staged, static_cast<const std::byte*>(host) + begin, size);
    CUDA_CALL(cudaMemcpyAsync, static_cast<std::byte*>(device) + begin, staged, size, cudaMemcpyHostToDevice,
              context_.stream());
    used_ += (size + kStagedAlignment - 1) / kStagedAlignment * kStagedAlignment;
  }
}

}  // namespace seqrec::kernels::cuda
