#include "core/device.h"

#include <array>
#include <atomic>
#include <charconv>
#include <utility>

#include "core/cpu_memory.h"
#include "core/error.h"
#include "core/memory_scope.h"

namespace seqrec {
namespace {

constexpr int kMaxDevices = 16;
std::array<std::atomic<Memory*>, kMaxDevices> cuda_memories{};

thread_local Memory* cpu_of_thread = nullptr;  // of the innermost MemoryScope

bool in_range(Device device) { return device.index >= 0 && device.index < kMaxDevices; }

}  // namespace

std::string to_string(const Device& device) {
  return device.kind == Device::Kind::Cpu ? "cpu" : concat("cuda:", device.index);
}

Device parse_device(std::string_view text) {
  if (text == "cpu") return kCpu;
  Device device{Device::Kind::Cuda, 0};
  if (text == "cuda") return device;
  const char* const end = text.data() + text.size();
  const bool numbered = text.starts_with("cuda:") &&
                        std::from_chars(text.data() + 5, end, device.index) == std::from_chars_result{end, {}};
  require<UsageError>(numbered && device.index >= 0, "unknown device '", text, "', expected cpu, cuda or cuda:N");
  return device;
}

Memory& memory(Device device) {
  // Never destroyed: tensors in static objects may outlive anything that is.
  static CpuMemory& cpu = *new CpuMemory;
  if (device.kind == Device::Kind::Cpu) return cpu_of_thread != nullptr ? *cpu_of_thread : cpu;
  Memory* found = in_range(device) ? cuda_memories[device.index].load() : nullptr;
  require<DeviceError>(found != nullptr, "device ", device, " is absent, or this program was built without it");
  return *found;
}

MemoryScope::MemoryScope(Memory* cpu) : outer_(cpu_of_thread) { cpu_of_thread = cpu; }

MemoryScope::~MemoryScope() { cpu_of_thread = outer_; }

void set_memory(Device device, std::unique_ptr<Memory> memory) {
  require<DeviceError>(device.kind == Device::Kind::Cuda && in_range(device), "can't register memory for device ",
                       device);
  Memory* none = nullptr;
  const bool first = cuda_memories[device.index].compare_exchange_strong(none, memory.get());
  require<DeviceError>(first, "device ", device, " has its memory already");
  static_cast<void>(memory.release());  // kept for the life of the program, as the CPU's
}

}  // namespace seqrec
