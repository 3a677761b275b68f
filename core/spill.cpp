#include "core/spill.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>

#include "core/descriptor.h"
#include "core/disk_array.h"
#include "core/error.h"

namespace seqrec {
namespace {

constexpr std::size_t kLarge = std::size_t{4} << 20;

/// What stands before the memory that is given out.
struct alignas(64) Header {
  std::size_t mapped;  // bytes, this included; 0: it is of the heap
};

struct Scope {
  std::filesystem::path folder;
  std::int64_t memory;
};
std::unique_ptr<const Scope> active;

void* map_new_file(std::size_t bytes) {
  const Descriptor file = open_unnamed(active->folder);
  if (!file) fail_io("write", active->folder);
  // Reserved now: a disk that is full when a page is written would end the process.
  int reason;
  while ((reason = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes))) == EINTR) {
  }
  if (reason != 0) fail_io("write", active->folder, reason);
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) fail_io("map a file in", active->folder);
  return memory;
}

}  // namespace

SpillScope::SpillScope(std::filesystem::path folder, std::int64_t memory) {
  require<UsageError>(!active, "[spill] there is a scope already, in ", active ? active->folder.string() : "");
  active = std::make_unique<const Scope>(Scope{std::move(folder), memory});
}

SpillScope::~SpillScope() { active.reset(); }

bool SpillScope::is_active() { return active != nullptr; }
const std::filesystem::path& SpillScope::folder() { return active->folder; }
std::int64_t SpillScope::memory() { return active->memory; }

void* spill::allocate(std::size_t bytes) {
  if (bytes > SIZE_MAX - sizeof(Header)) throw std::bad_alloc();
  bytes += sizeof(Header);
  const bool on_disk = active && bytes >= kLarge;
  void* const memory = on_disk ? map_new_file(bytes) : ::operator new (bytes, std::align_val_t{alignof(Header)});
  return new (memory) Header{on_disk ? bytes : 0} + 1;
}

void spill::release(void* memory) noexcept {
  Header* const header = static_cast<Header*>(memory) - 1;
  if (header->mapped > 0)
    ::munmap(header, header->mapped);
  else
    ::operator delete (header, std::align_val_t{alignof(Header)});
}

}  // namespace seqrec
