#include "tests/failing_memory.h"

#include <cstdlib>
#include <new>

namespace {

using seqrec::Failing;

struct Countdown {
  bool on = false, failed = false;
  Failing which = Failing::Once;
  long left = 0;
};
thread_local Countdown countdown;
thread_local long asked = 0;

bool fails(bool tensor) {
  ++asked;
  Countdown& c = countdown;
  if (!c.on || (c.which == Failing::Tensors && !tensor)) return false;
  --c.left;
  const bool now = c.which == Failing::Once ? c.left == 0 : c.left <= 0;
  c.failed = c.failed || now;
  return now;
}

}  // namespace

// All forms but those of over-aligned types, which the project has none of; a sanitizer has each by itself.
void* operator new(std::size_t bytes) {
  void* const data = fails(false) ? nullptr : std::malloc(bytes > 0 ? bytes : 1);
  if (data == nullptr) throw std::bad_alloc();
  return data;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return fails(false) ? nullptr : std::malloc(bytes > 0 ? bytes : 1);
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t& none) noexcept { return operator new(bytes, none); }
void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, const std::nothrow_t&) noexcept { std::free(data); }
void operator delete[](void* data) noexcept { std::free(data); }
void operator delete[](void* data, std::size_t) noexcept { std::free(data); }
void operator delete[](void* data, const std::nothrow_t&) noexcept { std::free(data); }

// What the linker gives to callers of aligned_alloc (tests/CMakeLists.txt).
extern "C" void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
extern "C" void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return fails(true) ? nullptr : __real_aligned_alloc(alignment, bytes);
}

namespace seqrec {

long allocations() { return asked; }

FailingMemory::FailingMemory(Failing which, long nth) { countdown = {true, false, which, nth}; }
FailingMemory::~FailingMemory() { countdown.on = false; }
bool FailingMemory::failed() { return countdown.failed; }

}  // namespace seqrec
