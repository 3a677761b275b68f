#include "core/input_file.h"

#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace seqrec {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

/// Whether a read returns at once: with bytes, the end or an error.
bool is_ready(int fd) {
  pollfd request{fd, POLLIN, 0};
  return ::poll(&request, 1, 0) != 0;
}

}  // namespace

const char* kind_of_file(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Descriptor open_input(const std::filesystem::path& path) {
  Descriptor descriptor = open_file(path, O_RDONLY);
  const int reason = errno;
  struct stat status;
  const bool known = (descriptor ? ::fstat(descriptor.get(), &status) : ::stat(path.c_str(), &status)) == 0;
  require<IoError>(!known || !S_ISSOCK(status.st_mode), "can't read ", path.native(), ": it is a socket");
  if (!descriptor) fail_io("read", path, reason);
  if (!known) fail_io("read", path);
  if (S_ISDIR(status.st_mode)) fail_io("read", path, EISDIR);
  return descriptor;
}

InputFile::InputFile(std::filesystem::path path)
    : path_(std::move(path)), buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {
  if (auto stream = open_stream(path_, O_RDONLY)) {
    descriptor_ = std::move(*stream);
    return;
  }
  descriptor_ = open_input(path_);
  struct stat status;
  if (::fstat(descriptor_.get(), &status) != 0) fail_io("read", path_);
  if (!S_ISFIFO(status.st_mode)) return;
  // Only a read tells whether there is a writer: it finds the end, and nothing to wait for, where there is none.
  ssize_t count = 0;
  const bool written = wait_for_partner([&] {
    count = ::read(descriptor_.get(), buffer_.get(), kBufferBytes);
    return count != 0;
  });
  require<IoError>(written, "can't read ", path_.native(), ": no process writes to this pipe");
  if (count > 0) unread_ = {buffer_.get(), static_cast<std::size_t>(count)};
}

void InputFile::fill() {
  if (before_waiting_ && !is_ready(descriptor_.get())) before_waiting_();
  for (;;) {
    const ssize_t count = ::read(descriptor_.get(), buffer_.get(), kBufferBytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      wait_for(descriptor_.get(), POLLIN);
      continue;
    }
    if (count < 0) fail_io("read", path_);
    unread_ = {buffer_.get(), static_cast<std::size_t>(count)};
    return;
  }
}

std::string_view InputFile::read() {
  if (unread_.empty()) fill();
  return std::exchange(unread_, {});
}

bool InputFile::read_line(std::string& line) {
  line.clear();
  for (;;) {
    if (unread_.empty()) fill();
    if (unread_.empty()) return !line.empty();
    const std::size_t end = unread_.find('\n');
    line += unread_.substr(0, end);
    if (end == unread_.npos) {
      unread_ = {};
      continue;
    }
    unread_.remove_prefix(end + 1);
    return true;
  }
}

}  // namespace seqrec
