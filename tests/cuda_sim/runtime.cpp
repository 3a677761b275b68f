#include "tests/cuda_sim/runtime.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/shared_memory.h"
#include "tests/cuda_sim/streams.h"

namespace cuda_sim {
namespace {

int devices = 2;
thread_local int current = 0;
Requests requested;
std::function<void(const LaunchShape&)> launch_watcher;
bool pretending = false;
std::set<cudaStream_t> streams;
std::map<const void*, std::size_t> shared_asked_for;  // by kernel: cudaFuncSetAttribute

}  // namespace

std::recursive_mutex& mutex() {
  static std::recursive_mutex& instance = *new std::recursive_mutex;
  return instance;
}

void set_device_count(int count) { devices = count; }
void set_memory_limit(std::size_t bytes) { limit_memory(bytes); }
Requests requests() {
  const std::scoped_lock lock(mutex());
  return requested;
}
void count_product() { ++requested.products; }
void watch_launches(std::function<void(const LaunchShape&)> watcher) { launch_watcher = std::move(watcher); }
void pretend() { pretending = true; }
bool is_pretending() { return pretending; }
void count_wait() {
  const std::scoped_lock lock(mutex());
  ++requested.waits;
}
int current_device() { return current; }

cudaError_t check_launch(const LaunchShape& shape, const void* kernel) {
  const std::scoped_lock lock(mutex());
  const dim3& block = shape.block;
  const dim3& grid = shape.grid;
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > 1024 || block.z > 64) return cudaErrorInvalidConfiguration;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7FFFFFFF || grid.y > 65535 || grid.z > 65535) {
    return cudaErrorInvalidConfiguration;
  }
  const auto asked = shared_asked_for.find(kernel);
  if (shape.shared > (asked != shared_asked_for.end() ? asked->second : SharedMemory::kUnasked)) {
    return cudaErrorInvalidValue;
  }
  if (shape.stream == nullptr) fail("a kernel is launched on the default stream, which waits for all others");
  if (shape.stream->device != current) return cudaErrorInvalidResourceHandle;
  ++requested.kernels;
  if (launch_watcher) launch_watcher(shape);
  return cudaSuccess;
}

void check_kernel_pointer(const LaunchShape& shape, const void* pointer) {
  const std::scoped_lock lock(mutex());
  if (pointer == nullptr) return;
  const int device = device_of(pointer, 0);
  if (device == shape.stream->device) return;
  const std::string place = std::string(shape.file) + ":" + std::to_string(shape.line);
  fail("the kernel launched at " + place + " gets a pointer to " +
       (device < 0 ? "the host's memory" : "device " + std::to_string(device) + "'s memory"));
}

void enqueue(cudaStream_t stream, std::function<void()> work) {
  if (!pretending) enqueue_always(stream, std::move(work));
}

void enqueue_always(cudaStream_t stream, std::function<void()> work) {
  const std::scoped_lock lock(mutex());
  stream->work.push_back(std::move(work));
}

void run(cudaStream_t stream, const std::function<bool()>& enough) {
  const std::scoped_lock lock(mutex());
  const Access access;
  while (!stream->work.empty() && !enough()) {
    const std::function<void()> work = std::move(stream->work.front());
    stream->work.pop_front();
    work();
  }
}

void run_all(int device) {
  const std::scoped_lock lock(mutex());
  for (const cudaStream_t stream : streams)
    if (device < 0 || stream->device == device) run(stream);
}

}  // namespace cuda_sim

using namespace cuda_sim;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  if (devices < 0) return cudaErrorInsufficientDriver;  // without a word about *count, as NVIDIA's
  *count = devices;
  return devices == 0 ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= devices) return cudaErrorInvalidDevice;
  current = device;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = current;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device < 0 || device >= devices) return cudaErrorInvalidDevice;
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount: *value = 4; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = static_cast<int>(SharedMemory::kMaxBytes); break;
    default: fail("cudaDeviceGetAttribute: the simulator doesn't know this one");
  }
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) {
    fail("cudaFuncSetAttribute: the simulator doesn't know this one");
  }
  if (value < 0 || static_cast<std::size_t>(value) > SharedMemory::kMaxBytes) return cudaErrorInvalidValue;
  const std::scoped_lock lock(mutex());
  shared_asked_for[kernel] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= devices) return cudaErrorInvalidDevice;
  *properties = {};
  const std::string name = "simulated device " + std::to_string(device);
  std::copy(name.begin(), name.end(), properties->name);
  properties->major = 8;
  properties->multiProcessorCount = 4;
  return cudaSuccess;
}

const char* cudaGetErrorString(cudaError_t code) {
  switch (code) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle: return "invalid resource handle";
    default: return "an error that the simulator doesn't name";
  }
}

cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  const std::scoped_lock lock(mutex());
  *data = allocate(bytes, current);
  return *data != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t cudaFree(void* data) {
  if (data == nullptr) return cudaSuccess;
  const std::scoped_lock lock(mutex());
  count_wait();
  run_all(-1);
  return release_block(data) ? cudaSuccess : cudaErrorInvalidValue;
}

static std::set<void*>& pinned() {
  static std::set<void*>& instance = *new std::set<void*>;
  return instance;
}

cudaError_t cudaMallocHost(void** data, std::size_t bytes) {
  const std::scoped_lock lock(mutex());
  *data = std::malloc(bytes);
  pinned().insert(*data);
  return *data != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t cudaFreeHost(void* data) {
  const std::scoped_lock lock(mutex());
  count_wait();
  run_all(-1);
  if (pinned().erase(data) == 0) return cudaErrorInvalidValue;
  std::free(data);
  return cudaSuccess;
}

static void check_kind(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const bool to_device = device_of(to, bytes) >= 0, from_device = device_of(from, bytes) >= 0;
  const bool expect_to = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool expect_from = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (to_device == expect_to && from_device == expect_from) return;
  const auto name = [](bool on_device) { return std::string(on_device ? "device" : "host"); };
  fail("a copy from " + name(expect_from) + " to " + name(expect_to) + " gets " + std::to_string(bytes) +
       " bytes from " + name(from_device) + " memory to " + name(to_device) + " memory");
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (bytes == 0) return cudaSuccess;
  const std::scoped_lock lock(mutex());
  check_kind(to, from, bytes, kind);
  if (kind == cudaMemcpyDeviceToDevice) ++requested.copies;
  if (kind == cudaMemcpyHostToDevice) {
    ++requested.uploads;
    requested.upload_bytes += static_cast<std::int64_t>(bytes);
  }
  if (kind == cudaMemcpyDeviceToHost) {
    enqueue_always(stream, [=] { std::memcpy(to, from, bytes); });
  } else if (kind == cudaMemcpyHostToDevice && !pinned().contains(const_cast<void*>(from))) {
    // The driver copies pageable memory aside before it returns.
    const std::vector<char> aside(static_cast<const char*>(from), static_cast<const char*>(from) + bytes);
    enqueue(stream, [to, aside] { std::memcpy(to, aside.data(), aside.size()); });
  } else {
    enqueue(stream, [=] { std::memcpy(to, from, bytes); });
  }
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (bytes == 0) return cudaSuccess;
  const std::scoped_lock lock(mutex());
  check_kind(to, from, bytes, kind);
  count_wait();
  const Access access;  // it doesn't wait for streams that are not ordered with the default one
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* data, int value, std::size_t bytes, cudaStream_t stream) {
  if (bytes == 0) return cudaSuccess;
  const std::scoped_lock lock(mutex());
  if (device_of(data, bytes) < 0) fail("cudaMemsetAsync of host memory");
  ++requested.memsets;
  enqueue(stream, [=] { std::memset(data, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  if (flags != cudaStreamNonBlocking) fail("a stream that is ordered with the default stream");
  const std::scoped_lock lock(mutex());
  *stream = new CUstream_st{current, {}};
  streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::scoped_lock lock(mutex());
  run(stream);
  streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  count_wait();
  run(stream);
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  count_wait();
  run_all(current);
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const std::scoped_lock lock(mutex());
  event->stream = stream;
  const std::int64_t number = ++event->recorded;
  enqueue_always(stream, [=] { event->reached = number; });
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const std::scoped_lock lock(mutex());
  return event->reached == event->recorded ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  count_wait();
  if (event->stream != nullptr) run(event->stream, [=] { return event->reached == event->recorded; });
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const std::scoped_lock lock(mutex());
  const std::int64_t number = event->recorded;
  const cudaStream_t other = event->stream;
  if (other != nullptr) enqueue_always(stream, [=] { run(other, [=] { return event->reached >= number; }); });
  return cudaSuccess;
}
}
