#include "core/file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace seqrec {
namespace {

/// Throws "can't VERB PATH: reason of `code`".
[[noreturn]] void fail(const char* verb, const std::filesystem::path& path, int code = errno) {
  throw IoError(concat("can't ", verb, " ", path.native(), ": ", std::generic_category().message(code)));
}

int open_retrying(const std::filesystem::path& path, int flags) {
  int fd;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/// A descriptor that is closed whatever happens.
struct Descriptor {
  int fd;
  ~Descriptor() { ::close(fd); }
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// Makes a rename in a folder durable. Some file systems can't (EINVAL); there is no more to do then.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor{open_retrying(folder, O_RDONLY | O_DIRECTORY)};
  if (descriptor.fd < 0) fail("open", folder);
  if (::fsync(descriptor.fd) != 0 && errno != EINVAL) fail("sync", folder);
}

bool same_file(int fd, const std::filesystem::path& path) {
  struct stat opened, named;
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

FileContent::FileContent(const std::filesystem::path& path) {
  const Descriptor descriptor{open_retrying(path, O_RDONLY)};
  if (descriptor.fd < 0) fail("read", path);
  struct stat before, after;
  if (::fstat(descriptor.fd, &before) != 0) fail("read", path);
  if (S_ISDIR(before.st_mode)) fail("read", path, EISDIR);
  require<IoError>(S_ISREG(before.st_mode), "can't read ", path.native(), ": Not a regular file");
  const auto size = static_cast<std::size_t>(before.st_size);
  data_ = std::make_unique_for_overwrite<std::byte[]>(size);
  while (size_ < size) {
    const ssize_t count = ::read(descriptor.fd, data_.get() + size_, size - size_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) break;
    size_ += static_cast<std::size_t>(count);
  }
  if (::fstat(descriptor.fd, &after) != 0) fail("read", path);
  const bool unchanged = size_ == size && after.st_size == before.st_size &&
                         after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
                         after.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
  require<IoError>(unchanged, "can't read ", path.native(), ": it was written while it was read");
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_) {
  // One name, so that what a killed process leaves is overwritten by the next; a lock keeps two writers apart. Between
  // open and lock the other writer may have renamed or removed the file: then it is not ours, and we try again.
  temporary_ += ".tmp";
  for (;;) {
    fd_ = open_retrying(temporary_, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (fd_ < 0) fail("write", path_);
    const bool held = ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!held && same_file(fd_, temporary_)) break;
    ::close(fd_);
    require<IoError>(!held, "can't write ", path_.native(), ": it is being written already");
  }
  if (::ftruncate(fd_, 0) != 0) {
    const int reason = errno;
    ::unlink(temporary_.c_str());
    ::close(fd_);
    fail("write", path_, reason);
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(fd_);
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(fd_, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path_);
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(fd_) != 0) fail("write", path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("write", path_);
  ::close(fd_);
  fd_ = -1;
  sync_folder(folder_of(path_));
}

std::string read_text(const std::filesystem::path& path) {
  const Descriptor descriptor{open_retrying(path, O_RDONLY)};
  if (descriptor.fd < 0) fail("read", path);
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(descriptor.fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

FileLock::FileLock(const std::filesystem::path& path) : fd_(open_retrying(path, O_RDWR | O_CREAT)) {
  if (fd_ < 0) fail("lock", path);
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int reason = errno;
  ::close(fd_);
  require<IoError>(reason != EWOULDBLOCK, path.native(), " is in use by another process");
  fail("lock", path, reason);
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace seqrec
