#include "tests/cuda_ptx/access.h"

#include <cstdio>
#include <string>

#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/scheduler.h"

namespace cuda_ptx {

int running_device = 0;

namespace {

std::string hex(std::uint64_t address) {
  char buffer[24];
  std::snprintf(buffer, sizeof(buffer), "0x%llx", static_cast<unsigned long long>(address));
  return buffer;
}

std::string bytes_at(int bytes, std::uint64_t address) { return std::to_string(bytes) + " bytes at " + hex(address); }

}  // namespace

void fail_alignment(const Site& site, std::uint64_t address, int bytes) {
  cuda_sim::fail(text(site) + ": misaligned access of " + bytes_at(bytes, address));
}

void fail_global(const Site& site, std::uint64_t address, int bytes) {
  const int device = cuda_sim::device_of(reinterpret_cast<const void*>(address));
  std::string whose = "the host's memory, or nobody's";
  if (device >= 0 && device != running_device) whose = "device " + std::to_string(device) + "'s memory";
  if (device == running_device) whose = "not allocated, released, or beyond what was asked for";
  cuda_sim::fail(text(site) + ": access of " + bytes_at(bytes, address) + ": " + whose);
}

void fail_shared(const Site& site, std::uint64_t offset, int bytes, const Block& block) {
  cuda_sim::fail(text(site) + ": access of " + bytes_at(bytes, offset) + " of shared memory, where the block has " +
                 std::to_string(block.shared_bytes));
}

void trap(const Site& site) { cuda_sim::fail(text(site) + ": the kernel gave up"); }

}  // namespace cuda_ptx
