#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include <sys/types.h>

namespace seqrec {

/// An open file of the system, closed whatever happens.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// False, with errno, if the system tells of an error only now.
  bool close();

 private:
  int fd_ = -1;
};

/// Opens a file; without success it is empty, and errno says why. Never waits for the other end of a pipe, and a
/// descriptor of a pipe or a device doesn't wait later either: EAGAIN is answered by wait_for().
Descriptor open_file(const std::filesystem::path& path, int flags, mode_t mode = 0666);

/// A descriptor of one's own for /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N, null for other
/// paths: it reads on and writes on where the stream stands, and opening the path would begin at the file's start.
/// IoError "can't VERB PATH: ..." if it is closed or not for this (`access`: O_RDONLY or O_WRONLY).
std::optional<Descriptor> open_stream(const std::filesystem::path& path, int access);

/// Whether a path is one of these.
bool is_stream_name(const std::filesystem::path& path);

/// Waits until a descriptor can be read (POLLIN) or written (POLLOUT).
void wait_for(int fd, short events);

/// Whether the other end of a named pipe comes within half a second: `came` is asked again and again. Who starts both
/// at once can't know which is first.
bool wait_for_partner(const std::function<bool()>& came);

/// Writes all of it. 0, or the errno that ended it.
int write_all(int fd, const void* data, std::size_t bytes);

/// Throws IoError "can't VERB PATH: reason of `code`"; of ENOMEM, MemoryError "out of memory: can't VERB PATH".
[[noreturn]] void fail_io(const char* verb, const std::filesystem::path& path, int code = errno);

/// The folder that a file lies in: "." for a name alone.
std::filesystem::path folder_of(const std::filesystem::path& path);

}  // namespace seqrec
