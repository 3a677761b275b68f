#include "tests/cuda_sim/memory.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/sanitizers.h"
#include "tests/cuda_sim/streams.h"

namespace cuda_sim {
namespace {

constexpr std::size_t kRange = std::size_t{8} << 30;
constexpr std::size_t kLargePage = std::size_t{2}
                                   << 20;  // large ones where the system has them: Access goes through them
constexpr std::size_t kAlignment = 256;
constexpr std::size_t kGap = 256;  // between blocks, forbidden under ASan

struct Block {
  std::size_t bytes;
  int device;
};

struct Arena {
  char* begin = nullptr;
  std::size_t high = 0;  // no block ever lay beyond
  std::size_t used = 0, limit = kRange;
  std::map<char*, Block> blocks;
  std::map<char*, std::size_t> free;  // by address; neighbours are merged
  int accesses = 0;
};
Arena arena;
struct sigaction previous_action;
MemoryWatcher* watcher = nullptr;

void allow(const void* data, std::size_t bytes, int device) {
  unpoison(data, bytes);
  if (watcher != nullptr) watcher->on_allowed(data, bytes, device);
}
void forbid(const void* data, std::size_t bytes) {
  poison(data, bytes);
  if (watcher != nullptr) watcher->on_forbidden(data, bytes);
}

// Written without locks or allocation, as a signal handler must be.
void complain(const char* text) { static_cast<void>(!write(STDERR_FILENO, text, std::strlen(text))); }

void on_violation(int, siginfo_t* info, void*) {
  const auto* address = static_cast<const char*>(info->si_addr);
  if (arena.begin == nullptr || address < arena.begin || address >= arena.begin + kRange) {
    sigaction(SIGSEGV, &previous_action, nullptr);  // not ours: it comes again, to whom it belongs
    return;
  }
  if (arena.accesses > 0) fail("access to device memory that was never allocated");
  complain("cuda_sim: the host touched device memory: only kernels and copies may\n");
  std::abort();
}

void reserve() {
  if (arena.begin != nullptr) return;
  void* memory = mmap(nullptr, kRange + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail("can't reserve the range of device memory");
  arena.begin = reinterpret_cast<char*>(round_up(reinterpret_cast<std::uintptr_t>(memory), kLargePage));
  madvise(arena.begin, kRange, MADV_HUGEPAGE);
  arena.free[arena.begin] = kRange;
  if (watcher != nullptr) watcher->on_reserved(arena.begin, kRange);
  struct sigaction action {};
  action.sa_sigaction = on_violation;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &previous_action);
}

/// Gives the pages that a block has for itself back: Access would go through them for ever.
void forget_pages(char* data, std::size_t bytes) {
  char* const first = arena.begin + round_up(static_cast<std::size_t>(data - arena.begin), kLargePage);
  if (data + bytes < first + kLargePage) return;
  madvise(first, static_cast<std::size_t>(data + bytes - first) / kLargePage * kLargePage, MADV_DONTNEED);
}

std::size_t rounded(std::size_t bytes) { return round_up(bytes + kGap, kAlignment); }

}  // namespace

void limit_memory(std::size_t bytes) { arena.limit = bytes; }
void watch_memory(MemoryWatcher& one) { watcher = &one; }

void* allocate(std::size_t bytes, int device) {
  reserve();
  if (bytes > kRange || arena.used + bytes > arena.limit) return nullptr;
  const std::size_t size = rounded(bytes);
  auto hole = arena.free.begin();
  while (hole != arena.free.end() && hole->second < size) ++hole;
  if (hole == arena.free.end()) return nullptr;
  const auto [data, room] = *hole;
  arena.free.erase(hole);
  if (room > size) arena.free[data + size] = room - size;
  arena.blocks[data] = {bytes, device};
  arena.used += bytes;
  arena.high = std::max(arena.high, round_up(static_cast<std::size_t>(data - arena.begin) + size, kLargePage));
  const Access access;
  allow(data, bytes, device);
  std::memset(data, is_pretending() ? 0 : 0xFF, bytes);  // NaN
  forbid(data + bytes, size - bytes);
  return data;
}

bool release_block(void* data) {
  const auto block = arena.blocks.find(static_cast<char*>(data));
  if (block == arena.blocks.end()) return false;
  forbid(data, block->second.bytes);
  arena.used -= block->second.bytes;
  forget_pages(block->first, block->second.bytes);
  auto hole = arena.free.emplace(block->first, rounded(block->second.bytes)).first;
  arena.blocks.erase(block);
  const auto next = std::next(hole);
  if (next != arena.free.end() && hole->first + hole->second == next->first) {
    hole->second += next->second;
    arena.free.erase(next);
  }
  if (hole != arena.free.begin()) {
    const auto before = std::prev(hole);
    if (before->first + before->second == hole->first) {
      before->second += hole->second;
      arena.free.erase(hole);
    }
  }
  return true;
}

int device_of(const void* data, std::size_t bytes) {
  auto* const address = const_cast<char*>(static_cast<const char*>(data));
  auto block = arena.blocks.upper_bound(address);
  if (block == arena.blocks.begin()) return -1;
  --block;
  return address + bytes <= block->first + block->second.bytes ? block->second.device : -1;
}

// The whole range that was ever used, by one call.
Access::Access() {
  if (arena.accesses++ == 0 && arena.high > 0) mprotect(arena.begin, arena.high, PROT_READ | PROT_WRITE);
}
Access::~Access() {
  if (--arena.accesses == 0 && arena.high > 0) mprotect(arena.begin, arena.high, PROT_NONE);
}

void lend(void* data, std::size_t bytes, std::size_t capacity, cudaStream_t stream) {
  enqueue_always(stream, [=] {
    allow(data, capacity, stream->device);
    if (!is_pretending()) std::memset(data, 0xFF, capacity);
    forbid(static_cast<char*>(data) + bytes, capacity - bytes);
  });
}

void give_back(void* data, std::size_t capacity, cudaStream_t stream) {
  enqueue_always(stream, [=] { forbid(data, capacity); });
}

}  // namespace cuda_sim
