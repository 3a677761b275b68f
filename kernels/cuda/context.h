#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "core/tensor.h"
#include "kernels/cuda/handles.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/limits.h"

namespace seqrec::kernels::cuda {

/// What one device's kernels share: a stream, on which everything on that device runs in order, and the libraries'
/// handles. Made once per device, never destroyed. Used by one thread at a time, as the tensors that it works on;
/// memory alone (memory.h) is lent and written to by others meanwhile, in the order in which they come.
class Context {
 public:
  /// Throws DeviceError. Leaves `device` as this thread's current device.
  explicit Context(int device);

  Device device() const { return {Device::Kind::Cuda, index_}; }
  int multiprocessors() const { return multiprocessors_; }
  /// The most shared memory that a block can have, in bytes: 99 KiB to 227 KiB, by the device.
  std::size_t shared_limit() const { return static_cast<std::size_t>(shared_limit_); }
  cudaStream_t stream() const { return stream_.get(); }
  /// Made at the first use, bound to the stream.
  cublasHandle_t cublas();
  cudnnHandle_t cudnn();

  /// Makes the device this thread's current one. Asked for each time, since others in the thread may set it too; it
  /// costs some tens of nanoseconds where nothing changes.
  void activate() const;

  /// Waits for the stream; counted (kernels/cuda.h: synchronizations).
  void synchronize();
  /// Waits for an event; counted.
  void wait(const Event& event);

  /// One thread an element, `threads` a block: as many blocks as there are elements for, but not more than the grid's
  /// limit; the kernel walks the rest (for_each_index).
  Launch over(std::int64_t elements, int threads = kThreads, SEQREC_HERE) const;
  /// One block a row, likewise limited (for_each_row), with `shared` bytes of dynamic shared memory.
  Launch rows(std::int64_t rows, int threads = kThreads, std::size_t shared = 0, SEQREC_HERE) const;

  static constexpr int kThreads = 256;

 private:
  dim3 limited(std::int64_t blocks) const;

  int index_;
  int multiprocessors_ = 0;
  int shared_limit_ = 0;
  Stream stream_;
  std::mutex mutex_;
  std::optional<CublasHandle> cublas_;
  std::optional<CudnnHandle> cudnn_;
  void* workspace_ = nullptr;  // cuBLAS's own, at one address for ever
};

/// The context of an open device, which becomes this thread's current one. DeviceError if it isn't open.
Context& context(Device device);
inline Context& context(const Tensor& tensor) { return context(tensor.device()); }

}  // namespace seqrec::kernels::cuda
