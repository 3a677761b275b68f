#include "tests/cuda_ptx/shadow.h"

#include <new>

#include <sys/mman.h>

namespace cuda_ptx {

Shadow shadow;
[[maybe_unused]] static const bool watching = (cuda_sim::watch_memory(shadow), true);

void Shadow::on_reserved(const char* begin, std::size_t bytes) {
  constexpr std::size_t kBeyond = 16;  // an access may begin in the last byte
  void* owners =
      mmap(nullptr, bytes + kBeyond, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (owners == MAP_FAILED) throw std::bad_alloc();
  owners_ = static_cast<unsigned char*>(owners);
  begin_ = reinterpret_cast<std::uintptr_t>(begin);
  bytes_ = bytes;
}

void Shadow::on_allowed(const void* data, std::size_t bytes, int device) { set(data, bytes, owner(device)); }
void Shadow::on_forbidden(const void* data, std::size_t bytes) { set(data, bytes, 0); }

void Shadow::set(const void* data, std::size_t bytes, unsigned char owner) {
  std::memset(owners_ + (reinterpret_cast<std::uintptr_t>(data) - begin_), owner, bytes);
}

}  // namespace cuda_ptx
