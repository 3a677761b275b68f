#include "kernels/cuda/context.h"

#include <algorithm>
#include <atomic>

namespace seqrec::kernels::cuda {
namespace {

// What NVIDIA recommends for Hopper; less serves older devices.
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;
// Blocks a multiprocessor, enough to hide latency: beyond it a grid walks.
constexpr int kBlocksEach = 32;

std::atomic<std::int64_t> synchronization_count{0};

Stream stream_on(int device) {
  CUDA_CALL(cudaSetDevice, device);
  return make_stream();
}

}  // namespace

Context::Context(int device) : index_(device), stream_(stream_on(device)) {
  CUDA_CALL(cudaDeviceGetAttribute, &multiprocessors_, cudaDevAttrMultiProcessorCount, device);
  CUDA_CALL(cudaDeviceGetAttribute, &shared_limit_, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
}

void Context::activate() const { CUDA_CALL(cudaSetDevice, index_); }

cublasHandle_t Context::cublas() {
  const std::scoped_lock lock(mutex_);
  if (!cublas_) {
    activate();
    if (workspace_ == nullptr) CUDA_CALL(cudaMalloc, &workspace_, kWorkspaceBytes);
    CublasHandle handle = make_cublas(stream());
    CUBLAS_CALL(cublasSetWorkspace, handle.get(), workspace_, kWorkspaceBytes);
    cublas_ = std::move(handle);
  }
  return cublas_->get();
}

cudnnHandle_t Context::cudnn() {
  const std::scoped_lock lock(mutex_);
  if (!cudnn_) {
    activate();
    cudnn_ = make_cudnn(stream());
  }
  return cudnn_->get();
}

void Context::synchronize() {
  ++synchronization_count;
  CUDA_CALL(cudaStreamSynchronize, stream());
}

void Context::wait(const Event& event) {
  ++synchronization_count;
  CUDA_CALL(cudaEventSynchronize, event.get());
}

dim3 Context::limited(std::int64_t blocks) const {
  return static_cast<unsigned>(std::min(blocks, GridLimitScope::limited(multiprocessors_ * kBlocksEach)));
}

Launch Context::over(std::int64_t elements, int threads, const char* file, int line) const {
  return {limited((elements + threads - 1) / threads), static_cast<unsigned>(threads), 0, stream(), file, line};
}

Launch Context::rows(std::int64_t rows, int threads, std::size_t shared, const char* file, int line) const {
  return {limited(rows), static_cast<unsigned>(threads), shared, stream(), file, line};
}

std::int64_t synchronizations() { return synchronization_count.load(); }

}  // namespace seqrec::kernels::cuda
