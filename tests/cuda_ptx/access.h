#pragma once

#include <cstdint>

#include "tests/cuda_ptx/counting.h"
#include "tests/cuda_ptx/kernel.h"
#include "tests/cuda_ptx/shadow.h"

/// Accesses to memory, each checked: its alignment, and that all its bytes may be touched.
namespace cuda_ptx {

/// The device on which the running kernel runs.
extern int running_device;

[[noreturn]] void fail_alignment(const Site& site, std::uint64_t address, int bytes);
[[noreturn]] void fail_global(const Site& site, std::uint64_t address, int bytes);
[[noreturn]] void fail_shared(const Site& site, std::uint64_t offset, int bytes, const Block& block);
[[noreturn]] void trap(const Site& site);

template <int kBytes>
void check_alignment(const Site& site, std::uint64_t address) {
  if (address % kBytes != 0) fail_alignment(site, address, kBytes);
}

/// A pointer to N neighbouring T of global memory.
template <class T, int N>
T* global(const Block&, std::uint64_t address, const Site& site) {
  constexpr int kBytes = N * sizeof(T);
  check_alignment<kBytes>(site, address);
  if (!shadow.allows<kBytes>(address, running_device)) fail_global(site, address, kBytes);
  if (is_counting) count_global(site, address, kBytes);
  return reinterpret_cast<T*>(address);
}

/// Addresses of shared memory count from its beginning.
template <class T, int N>
T* shared(const Block& block, std::uint64_t offset, const Site& site) {
  constexpr int kBytes = N * sizeof(T);
  check_alignment<kBytes>(site, offset);
  if (offset >= block.shared_bytes || offset + kBytes > block.shared_bytes) fail_shared(site, offset, kBytes, block);
  if (is_counting) count_shared(site, offset, kBytes);
  return reinterpret_cast<T*>(block.shared + offset);
}

/// Generic addresses are the host's: of shared memory, of parameters or of global memory.
template <class T, int N>
T* generic(const Block& block, std::uint64_t address, const Site& site) {
  if (address - block.shared_address() < block.shared_bytes) {
    return shared<T, N>(block, address - block.shared_address(), site);
  }
  const auto parameters = reinterpret_cast<std::uintptr_t>(block.parameters);
  if (address - parameters < block.parameter_bytes) return reinterpret_cast<T*>(address);
  return global<T, N>(block, address, site);
}

}  // namespace cuda_ptx
