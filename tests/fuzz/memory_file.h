#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

/// A file in memory, for what reads and writes by path.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("fuzz", 0)) {
    if (descriptor_ < 0) std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/dev/fd/" + std::to_string(descriptor_); }
  /// Replaces the content; what reads or writes next begins at the front.
  void set(std::string_view text) {
    if (::ftruncate(descriptor_, 0) != 0) std::abort();
    if (::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) std::abort();
    ::lseek(descriptor_, 0, SEEK_SET);
  }
  std::string get() const {
    std::string text(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), ' ');
    if (::pread(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) std::abort();
    return text;
  }

 private:
  int descriptor_;
};
