#include "tests/cuda_sim/shared_memory.h"

#include <cstring>
#include <new>

#include <sys/mman.h>

#include "tests/cuda_sim/fiber.h"
#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/sanitizers.h"
#include "tests/cuda_sim/scheduler.h"

namespace cuda_sim {
namespace {

constexpr std::size_t kSharedGap = 64;  // between arrays, forbidden under ASan
constexpr std::size_t kMapped = SharedMemory::kMaxBytes + 2 * SharedMemory::kUnasked;

char* map() {
  void* memory = mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

}  // namespace

// Filled with NaN by the host: a thread that did it would race with others (TSan).
char* SharedMemory::begin() {
  static char* const memory = static_cast<char*>(std::memset(map(), 0xFF, kMapped));
  return memory;
}

SharedMemory::SharedMemory(std::size_t dynamic_bytes)
    : memory_(begin()),
      limit_(limit(dynamic_bytes)),
      used_(dynamic_bytes),
      place_(round_up(dynamic_bytes, 16) + kSharedGap) {
  poison(memory_, kMapped);
  unpoison(memory_, dynamic_bytes);
}

SharedMemory::~SharedMemory() {
  unpoison(memory_, kMapped);
  if (used_ == 0) return;
  if (has_tsan()) renew(memory_, round_up(place_, kPage));
  std::memset(memory_, 0xFF, has_tsan() ? round_up(place_, kPage) : place_);
}

void* SharedMemory::find(const void* site, std::size_t bytes, std::size_t alignment) {
  for (int i = 0; i < count_; ++i)
    if (arrays_[static_cast<std::size_t>(i)].site == site) return arrays_[static_cast<std::size_t>(i)].data;
  used_ = round_up(used_, alignment) + bytes;
  const std::size_t begin = round_up(place_, alignment > 16 ? alignment : 16);
  place_ = begin + bytes + kSharedGap;
  if (used_ > limit_ || place_ > kMapped) {
    fail("too much shared memory: " + std::to_string(used_) + " bytes, " + std::to_string(limit_) + " are there");
  }
  char* const data = memory_ + begin;
  unpoison(data, bytes);
  arrays_.at(static_cast<std::size_t>(count_++)) = {site, data};
  return data;
}

}  // namespace cuda_sim
