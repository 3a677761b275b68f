#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <cuda_runtime.h>

#include "kernels/cuda/check.h"
#ifdef SEQREC_CUDA_SIM
#include <cuda_sim/device.h>
#endif

/// The one way to run a kernel, so that the same source compiles with nvcc and, for the simulator, with a C++ compiler
/// (a script checks that `<<<`, `__shared__` and `extern __shared__` stand nowhere else):
///
///   launch(gpu.over(n), scale_kernel<T>, x, factor, n);
///
/// Pointers are arguments of their own, not members of structs: the simulator checks that each is the device's memory.
/// (A struct that must hold pointers names them in `template <class F> void for_each_pointer(F f) const`.)
namespace seqrec::kernels::cuda {

/// Where a launch stands in the source, for messages: a last parameter with a default.
#define SEQREC_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

/// The shape of a launch. No block, no launch.
struct Launch {
  dim3 grid;
  dim3 block;
  std::size_t shared;  ///< bytes of dynamic shared memory
  cudaStream_t stream;
  const char* file;
  int line;

  Launch(dim3 grid, dim3 block, std::size_t shared, cudaStream_t stream, SEQREC_HERE)
      : grid(grid), block(block), shared(shared), stream(stream), file(file), line(line) {}

  /// The same for each of `count` things, up to 65,535: blockIdx.y is the one that a block works on.
  Launch times(int count) const {
    Launch all = *this;
    all.grid.y = static_cast<unsigned>(count);
    return all;
  }
};

/// DeviceError "[kernel at kernels/cuda/copy.cu:12] failed: ..." for what the launch itself gets wrong; what fails on
/// the device shows at the next synchronisation.
void check_launch(cudaError_t code, const Launch& launch);

/// More dynamic shared memory than this a kernel must ask for.
constexpr std::size_t kSharedUnasked = std::size_t{48} << 10;

template <class... Parameters, class... Arguments>
void launch(const Launch& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (shape.grid.x == 0 || shape.grid.y == 0 || shape.grid.z == 0) return;
  if (shape.shared > kSharedUnasked) {
    check_launch(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                      cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shape.shared)),
                 shape);
  }
#if defined(SEQREC_CUDA_SIM)
  check_launch(cuda_sim::launch({shape.grid, shape.block, shape.shared, shape.stream, shape.file, shape.line}, kernel,
                                std::forward<Arguments>(arguments)...),
               shape);
#elif defined(__CUDACC__)
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared;
  config.stream = shape.stream;
  check_launch(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), shape);
#else
  static_assert(sizeof...(Parameters) > 1000, "kernels are launched from .cu files");
#endif
}

// SEQREC_SHARED(float, tile, [32][33]); declares a block's shared array `tile`;
// SEQREC_DYNAMIC_SHARED(float, row); names the dynamic shared memory that the launch asked for.
#if defined(SEQREC_CUDA_SIM)
#define SEQREC_SHARED(type, name, extent) \
  using name##_array = type extent;       \
  name##_array& name = cuda_sim::shared<name##_array>([] {})
#define SEQREC_DYNAMIC_SHARED(type, name) type* const name = static_cast<type*>(cuda_sim::dynamic_shared())
#elif defined(__CUDACC__)
#define SEQREC_SHARED(type, name, extent) __shared__ type name extent
#define SEQREC_DYNAMIC_SHARED(type, name)                          \
  extern __shared__ __align__(16) unsigned char dynamic_shared_[]; \
  type* const name = reinterpret_cast<type*>(dynamic_shared_)
#endif

#if defined(SEQREC_CUDA_SIM) || defined(__CUDACC__)
/// Calls f(i) for i in [0, n), spread over all threads of the grid: f must hold no barrier.
template <class F>
__device__ __forceinline__ void for_each_index(std::int64_t n, F f) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) f(i);
}

/// Calls f(row) for rows in [0, n), a whole block a row. All threads of the block get the same rows, so f may hold
/// barriers; shared memory that it leaves may still be read by others when it comes again: begin or end with a barrier.
template <class F>
__device__ __forceinline__ void for_each_row(std::int64_t n, F f) {
  for (std::int64_t row = blockIdx.x; row < n; row += gridDim.x) f(row);
}
#endif

}  // namespace seqrec::kernels::cuda
