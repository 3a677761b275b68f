#include "file_calls.h"

#include <atomic>
#include <csignal>
#include <cstdarg>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace seqrec::train {
namespace {

std::atomic<int> calls{0}, last_call{0}, written{-1};

/// `writes_to`: the descriptor of a write.
void count(int writes_to = -1) {
  const bool goes_on = writes_to >= 0 && written.exchange(writes_to) == writes_to;
  if (writes_to < 0) written = -1;
  if (goes_on) return;
  if (++calls == last_call) {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }
}

}  // namespace

int file_calls() { return calls; }

void kill_before_file_call(int number) {
  calls = 0;
  last_call = number;
}

}  // namespace seqrec::train

// The linker takes these before the C library's.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if (flags & O_CREAT) seqrec::train::count();
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

ssize_t write(int fd, const void* data, size_t bytes) {
  if (fd > STDERR_FILENO) seqrec::train::count(fd);
  return ::syscall(SYS_write, fd, data, bytes);
}

int ftruncate(int fd, off_t size) noexcept {
  seqrec::train::count();
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int rename(const char* from, const char* to) noexcept {
  seqrec::train::count();
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char* path) noexcept {
  seqrec::train::count();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char* path, mode_t mode) noexcept {
  seqrec::train::count();
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

}  // extern "C"
