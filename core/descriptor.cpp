#include "core/descriptor.h"

#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "core/error.h"

namespace seqrec {
namespace {

/// The number of the descriptor that a path stands for.
std::optional<int> descriptor_named(const std::string& path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const char* folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string number = path.substr(std::char_traits<char>::length(folder));
    if (number.empty() || number.size() > 9 || number.find_first_not_of("0123456789") != number.npos) return {};
    return std::stoi(number);
  }
  return {};
}

}  // namespace

bool Descriptor::close() {
  const int fd = std::exchange(fd_, -1);
  return fd < 0 || ::close(fd) == 0 || errno == EINTR;  // after EINTR Linux has closed it
}

Descriptor open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  int fd;
  do fd = ::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

std::optional<Descriptor> open_stream(const std::filesystem::path& path, int access) {
  const auto number = descriptor_named(path.native());
  if (!number) return {};
  const bool reads = access == O_RDONLY;
  Descriptor own(::fcntl(*number, F_DUPFD_CLOEXEC, 0));
  if (!own && errno != EBADF) fail_io(reads ? "read" : "write", path);
  const int flags = own ? ::fcntl(own.get(), F_GETFL) & O_ACCMODE : -1;
  require<IoError>(flags == access || flags == O_RDWR, "can't ", reads ? "read " : "write ", path.native(),
                   ": it is closed, or not open for ", reads ? "reading" : "writing");
  return own;
}

bool is_stream_name(const std::filesystem::path& path) { return descriptor_named(path.native()).has_value(); }

void wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  ::poll(&waiting, 1, -1);
}

bool wait_for_partner(const std::function<bool()>& came) {
  for (int i = 0; i < 50; ++i) {
    if (came()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return came();
}

int write_all(int fd, const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(fd, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      wait_for(fd, POLLOUT);
      continue;
    }
    if (written <= 0) return written < 0 ? errno : EIO;
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return 0;
}

void fail_io(const char* verb, const std::filesystem::path& path, int code) {
  const std::string what = concat("can't ", verb, " ", path.native());
  if (code == ENOMEM) throw MemoryError(concat("out of memory: ", what));  // no fault of the file's
  throw IoError(concat(what, ": ", std::generic_category().message(code)));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace seqrec
