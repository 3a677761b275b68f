#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "core/error.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/memory.h"

namespace seqrec::kernels::cuda {
namespace {

constexpr int kMaxDevices = 16;
std::array<std::atomic<Context*>, kMaxDevices> contexts{};

// cudaGetDeviceCount leaves the count as it is where it fails: code 35 without a driver, 100 without a device, 34 where
// only the library to link with is there.
struct Count {
  int devices;
  cudaError_t code;
};
Count count_devices() {
  int devices = 0;
  const cudaError_t code = cudaGetDeviceCount(&devices);
  if (code == cudaSuccess) return {devices, code};
  static_cast<void>(cudaGetLastError());
  return {0, code};
}

}  // namespace

int device_count() { return count_devices().devices; }

std::string absence() {
  const Count count = count_devices();
  if (count.devices > 0) return "";
  switch (count.code) {
    case cudaSuccess:
    case cudaErrorNoDevice: return "the driver finds none";
    case cudaErrorStubLibrary:
    case cudaErrorInsufficientDriver: return "no driver, or one too old for this program";
    default: return cudaGetErrorString(count.code);
  }
}

void open(Device device) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  require<DeviceError>(device.kind == Device::Kind::Cuda, "no CUDA device: ", device);
  const int count = device_count();
  require<DeviceError>(count > 0, "no CUDA device: ", absence());
  require<DeviceError>(device.index >= 0 && device.index < std::min(count, kMaxDevices), "no CUDA device: ", device,
                       " was asked for, devices found: ", count);
  std::atomic<Context*>& slot = contexts[static_cast<std::size_t>(device.index)];
  if (slot.load() != nullptr) return;
  static_cast<void>(SEQREC_LOADED(Cublas, cublasCreate));  // where it is absent, not only the first product says so
  auto context = std::make_unique<Context>(device.index);
  set_memory(device, std::make_unique<DeviceMemory>(*context));
  slot = context.release();  // kept for the life of the program, as its memory
}

Context& context(Device device) {
  const bool in_range = device.kind == Device::Kind::Cuda && device.index >= 0 && device.index < kMaxDevices;
  Context* found = in_range ? contexts[static_cast<std::size_t>(device.index)].load() : nullptr;
  require<DeviceError>(found != nullptr, "device ", device, " is not open");
  found->activate();
  return *found;
}

std::string description(Device device) {
  context(device);
  cudaDeviceProp properties;
  CUDA_CALL(cudaGetDeviceProperties, &properties, device.index);
  return concat(properties.name, ", compute capability ", properties.major, ".", properties.minor, ", ",
                properties.multiProcessorCount, " multiprocessors");
}

void synchronize(Device device) { context(device).synchronize(); }

}  // namespace seqrec::kernels::cuda
