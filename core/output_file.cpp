#include "core/output_file.h"

#include <climits>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/sync.h"

namespace seqrec {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".seqrec.tmp";

bool same_file(const Descriptor& descriptor, const fs::path& path) {
  struct stat opened, named;
  return ::fstat(descriptor.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// What a path's last part leads to, link after link, be it there or not.
fs::path target_of(const fs::path& path) {
  constexpr int kMaxLinks = 40;  // Linux's own limit
  fs::path target = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    if (is_stream_name(target)) return target;
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    const int reason = error.value();
    if (reason == EINVAL || reason == ENOENT || reason == ENOTDIR) return target;  // no link, or nothing
    if (error) fail_io("write", path, reason);
    target = folder_of(target) / next;
  }
  fail_io("write", path, ELOOP);
}

/// The status of a file, or none if there is none of that name.
std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) return status;
  if (errno != ENOENT) fail_io("write", path);
  return {};
}

fs::path temporary_of(const fs::path& path) {
  const std::string name = path.filename().string().substr(0, NAME_MAX - kTemporary.size());
  return folder_of(path) / (name + std::string(kTemporary));
}

enum class Leftover { Gone, Held, Unknown };

/// Removes a temporary whose writer is no more: nothing holds its lock.
Leftover remove_leftover(const fs::path& temporary) {
  const Descriptor descriptor = open_file(temporary, O_RDWR | O_NOFOLLOW);
  if (!descriptor) return errno == ENOENT ? Leftover::Gone : Leftover::Unknown;
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK ? Leftover::Held : Leftover::Unknown;  // a file system without locks
  if (same_file(descriptor, temporary)) ::unlink(temporary.c_str());
  return Leftover::Gone;
}

/// A pipe or a device.
Descriptor open_device(const fs::path& path, const fs::path& target, mode_t mode) {
  require<IoError>(!S_ISSOCK(mode), "can't write ", path.native(), ": it is a socket");
  Descriptor descriptor;
  const bool came = wait_for_partner([&] {
    descriptor = open_file(target, O_WRONLY);
    return descriptor || errno != ENXIO || !S_ISFIFO(mode);
  });
  require<IoError>(came, "can't write ", path.native(), ": no process reads this pipe");
  if (!descriptor) fail_io("write", path);
  return descriptor;
}

}  // namespace

OutputFile::OutputFile(fs::path path) : path_(std::move(path)), target_(target_of(path_)) {
  if (auto stream = open_stream(target_, O_WRONLY)) {
    descriptor_ = std::move(*stream);
    return;
  }
  const auto old = status_of(target_);
  if (old && !S_ISREG(old->st_mode)) {
    descriptor_ = open_device(path_, target_, old->st_mode);
    return;
  }
  if (target_.filename().empty()) fail_io("write", path_, ENOENT);
  if (old && ::faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) fail_io("write", path_);
  remove_leftovers(folder_of(target_));
  make_temporary(old ? &*old : nullptr);
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

/// The lock tells other writers that this temporary is no leftover. Before it is held, one of them may have taken it
/// for one and removed it: then it is made again.
void OutputFile::make_temporary(const struct stat* old) {
  fs::path temporary = temporary_of(target_);
  do {
    descriptor_ = open_file(temporary, O_RDWR | O_CREAT | O_EXCL, old ? 0600 : 0666);
    if (descriptor_) {
      ::flock(descriptor_.get(), LOCK_EX);
      continue;
    }
    if (errno != EEXIST) fail_io("write", path_);
    const Leftover leftover = remove_leftover(temporary);
    require<IoError>(leftover != Leftover::Held, "can't write ", path_.native(), ": it is being written already");
    if (leftover == Leftover::Unknown && ::unlink(temporary.c_str()) != 0 && errno != ENOENT) fail_io("write", path_);
  } while (!descriptor_ || !same_file(descriptor_, temporary));
  temporary_ = std::move(temporary);  // takes no memory: from here on the destructor removes it
  if (!old) return;
  const int fd = descriptor_.get();
  if (::fchown(fd, old->st_uid, old->st_gid) != 0)
    static_cast<void>(!::fchown(fd, static_cast<uid_t>(-1), old->st_gid));
  static_cast<void>(::fchmod(fd, old->st_mode & 0777));
}

void OutputFile::write(const void* data, std::size_t bytes) {
  if (const int reason = write_all(descriptor_.get(), data, bytes)) fail_io("write", path_, reason);
}

void OutputFile::commit() {
  if (temporary_.empty()) {
    if (!descriptor_.close()) fail_io("write", path_);
    return;
  }
  if (!sync(descriptor_) || ::rename(temporary_.c_str(), target_.c_str()) != 0) fail_io("write", path_);
  temporary_.clear();
  if (!descriptor_.close()) fail_io("write", path_);
  sync_folder(folder_of(target_));
}

/// What can't be seen, told or removed is no obstacle here.
void OutputFile::remove_leftovers(const fs::path& folder) try {
  for (const fs::path& file : files_in(folder)) {
    std::error_code gone;
    if (is_temporary(file) && fs::symlink_status(file, gone).type() == fs::file_type::regular) remove_leftover(file);
  }
} catch (const IoError&) {
}

bool OutputFile::is_temporary(const fs::path& path) { return path.native().ends_with(kTemporary); }

bool OutputFile::is_stream(const fs::path& path) {
  const fs::path target = target_of(path);
  const auto there = status_of(target);
  return is_stream_name(target) || (there && !S_ISREG(there->st_mode) && !S_ISDIR(there->st_mode));
}

}  // namespace seqrec
