#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace seqrec {

/// Where a tensor's data lie.
struct Device {
  enum class Kind : std::uint8_t { Cpu, Cuda };
  Kind kind = Kind::Cpu;
  int index = 0;

  friend bool operator==(const Device&, const Device&) = default;
};

inline constexpr Device kCpu{};

/// "cpu", "cuda:0".
std::string to_string(const Device& device);
std::ostream& operator<<(std::ostream& out, const Device& device);
/// The inverse; "cuda" is "cuda:0". UsageError "unknown device 'gpu', expected cpu, cuda or cuda:N".
Device parse_device(std::string_view text);

/// What a caching allocator has handed out and holds, in bytes.
struct MemoryStats {
  std::size_t in_use = 0;
  std::size_t peak_in_use = 0;
  std::size_t cached = 0;
  std::size_t system_allocations = 0;  ///< calls that reached the system: constant over steady training steps
};

/// Memory of one device and the copies to and from it. Thread-safe.
class Memory {
 public:
  virtual ~Memory() = default;
  /// At least `bytes`, aligned to 64; its content is undefined. Never null, also for 0 bytes. Throws MemoryError
  /// (of a device: DeviceError) when out of memory, saying how much was asked for.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  virtual void zero(void* device, std::size_t bytes) = 0;
  virtual void copy_from_host(void* device, const void* host, std::size_t bytes) = 0;
  virtual void copy_to_host(void* host, const void* device, std::size_t bytes) = 0;
  virtual MemoryStats stats() const = 0;
  /// Gives what is cached and unused back to the system.
  virtual void trim() = 0;
};

/// The memory of a device; DeviceError when that backend is absent.
Memory& memory(Device device);

/// Registers a backend's memory (called once per device by the backend; the CPU's is built in).
void set_memory(Device device, std::unique_ptr<Memory> memory);

}  // namespace seqrec
