// The part of CUDA's runtime that nvcc's host code calls by itself: it names the kernels and launches them. All else is
// tests/cuda_sim's.
#include <map>
#include <memory>
#include <string>

#include <cuda_runtime.h>

#include "tests/cuda_ptx/access.h"
#include "tests/cuda_ptx/counting.h"
#include "tests/cuda_ptx/kernel.h"
#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/shared_memory.h"
#include "tests/cuda_sim/streams.h"

namespace cuda_ptx {
namespace {

/// nvcc's names by the address of the host's function; registered before main.
std::map<const void*, std::string>& names() {
  static std::map<const void*, std::string>& instance = *new std::map<const void*, std::string>;
  return instance;
}

struct Call {
  const Kernel* kernel;
  std::vector<char> parameters;
  Block block;
};

void run_thread(const void* call) {
  const auto& one = *static_cast<const Call*>(call);
  one.kernel->run(one.block);
}

cudaError_t launch(const void* function, dim3 grid, dim3 block, const void* const* arguments, std::size_t dynamic,
                   cudaStream_t stream) {
  const auto name = names().find(function);
  if (name == names().end()) return cudaErrorInvalidDeviceFunction;
  Kernel* const kernel = Kernel::find(name->second);
  if (kernel == nullptr) cuda_sim::fail("no kernel was made of the PTX of " + name->second);

  cuda_sim::LaunchShape shape{grid, block, dynamic, stream, kernel->readable_name().c_str(), 0};
  if (const cudaError_t code = cuda_sim::check_launch(shape, function)) return code;
  if (block.x * block.y * block.z > static_cast<unsigned>(kernel->max_threads())) return cudaErrorLaunchOutOfResources;
  shape.shared += kernel->shared();
  if (shape.shared > cuda_sim::SharedMemory::limit(dynamic)) return cudaErrorInvalidValue;

  kernel->count_launch();
  const auto call = std::make_shared<Call>(Call{kernel, kernel->pack(arguments), {}});
  cuda_sim::enqueue(stream, [shape, call] {
    call->block = {call->parameters.data(), call->parameters.size(), cuda_sim::SharedMemory::begin(), shape.shared};
    running_device = shape.stream->device;
    begin_counting(*call->kernel, static_cast<int>(shape.block.x * shape.block.y * shape.block.z),
                   std::int64_t{shape.grid.x} * shape.grid.y * shape.grid.z, static_cast<std::int64_t>(shape.shared));
    cuda_sim::run_grid(shape, run_thread, call.get());
    end_counting();
  });
  return cudaSuccess;
}

}  // namespace
}  // namespace cuda_ptx

extern "C" {

void** __cudaRegisterFatBinary(void*) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
char __cudaInitModule(void**) { return 1; }

void __cudaRegisterFunction(void**, const char* host, char*, const char* device, int, uint3*, uint3*, dim3*, dim3*,
                            int*) {
  cuda_ptx::names()[host] = device;
}
void __cudaRegisterVar(void**, char*, char*, const char* name, int, std::size_t, int, int) {
  cuda_sim::fail(std::string("a variable of a module is not supported: ") + name);
}

// For kernel<<<...>>>, which nothing here writes.
unsigned __cudaPushCallConfiguration(dim3, dim3, std::size_t, void*) { cuda_sim::fail("<<<...>>> is not supported"); }
cudaError_t __cudaPopCallConfiguration(dim3*, dim3*, std::size_t*, void*) {
  cuda_sim::fail("<<<...>>> is not supported");
}
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* function) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(function));
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                               cudaStream_t stream) {
  return cuda_ptx::launch(kernel, grid, block, arguments, shared, stream);
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                             cudaStream_t stream) {
  return cuda_ptx::launch(function, grid, block, arguments, shared, stream);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function, void** arguments) {
  if (config->numAttrs != 0) cuda_sim::fail("a launch with attributes is not supported");
  return cuda_ptx::launch(function, config->gridDim, config->blockDim, arguments, config->dynamicSmemBytes,
                          config->stream);
}
}
