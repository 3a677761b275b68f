#include "core/file.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/input_file.h"
#include "core/output_file.h"
#include "core/sync.h"

namespace seqrec {

namespace fs = std::filesystem;

namespace {

struct stat status_of(const Descriptor& descriptor, const fs::path& path) {
  struct stat status;
  if (::fstat(descriptor.get(), &status) != 0) fail_io("read", path);
  return status;
}

std::array<std::int64_t, 2> time_of(const struct stat& status) {
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

}  // namespace

RegularFile::RegularFile(fs::path path) : path_(std::move(path)), descriptor_(open_input(path_)) {
  const struct stat status = status_of(descriptor_, path_);
  require<IoError>(S_ISREG(status.st_mode), "can't read ", path_.native(), ": it is ", kind_of_file(status.st_mode),
                   ", expected a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  changed_ = time_of(status);
}

void RegularFile::read(std::size_t begin, std::span<std::byte> into) const {
  require<UsageError>(begin <= size_ && into.size() <= size_ - begin, "[file] bytes ", begin, " to ",
                      begin + into.size(), " of ", path_.native(), ", which has ", size_);
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count =
        ::pread(descriptor_.get(), into.data() + done, into.size() - done, static_cast<off_t>(begin + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io("read", path_);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  const struct stat now = status_of(descriptor_, path_);
  const bool unchanged =
      done == into.size() && static_cast<std::size_t>(now.st_size) == size_ && time_of(now) == changed_;
  require<IoError>(unchanged, "can't read ", path_.native(), ": it was written while it was read");
}

FileContent::FileContent(const fs::path& path) {
  const RegularFile file(path);
  size_ = file.size();
  data_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  file.read(0, {data_.get(), size_});
}

std::string read_text(const fs::path& path) {
  InputFile file(path);
  std::string text;
  for (std::string_view part; !(part = file.read()).empty();) text += part;
  return text;
}

void write_text(const fs::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

void append_text(const fs::path& path, std::string_view text) {
  Descriptor descriptor = open_file(path, O_WRONLY | O_APPEND | O_CREAT);
  struct stat before;
  if (!descriptor || ::fstat(descriptor.get(), &before) != 0) fail_io("write", path);
  if (const int reason = write_all(descriptor.get(), text.data(), text.size())) {
    static_cast<void>(!::ftruncate(descriptor.get(), before.st_size));
    fail_io("write", path, reason);
  }
  if (!descriptor.close()) fail_io("write", path);
}

namespace {

/// Of what has a name; IoError if the system doesn't tell.
std::optional<mode_t> mode_of(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) return status.st_mode;
  if (errno != ENOENT && errno != ENOTDIR) fail_io("read", path);
  return {};
}

}  // namespace

bool file_exists(const fs::path& path) { return mode_of(path).has_value(); }

bool is_folder(const fs::path& path) {
  const std::optional<mode_t> mode = mode_of(path);
  return mode && S_ISDIR(*mode);
}

// Not by std::filesystem, whose iterator ends the process where memory is short.
std::vector<fs::path> files_in(const fs::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) fail_io("read", folder);
  std::vector<fs::path> files;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") files.push_back(folder / name);
  }
  if (errno != 0) fail_io("read", folder);
  std::sort(files.begin(), files.end());
  return files;
}

void remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_io("remove", path);
}

void rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_io(concat("rename ", from.native(), " to").c_str(), to);
  sync_folder(folder_of(to));
}

void make_folder(const fs::path& path) {
  std::vector<fs::path> changed;  // folders in which one is made
  for (fs::path folder = path; !folder.empty() && !file_exists(folder); folder = folder.parent_path())
    changed.push_back(folder_of(folder));
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail_io("make the folder", path, error.value());
  for (const fs::path& folder : changed) sync_folder(folder);
}

void make_folder_of(const fs::path& file) {
  if (file.has_parent_path()) make_folder(file.parent_path());
}

bool is_locked(const fs::path& path) {
  const Descriptor file = open_file(path, O_RDONLY);
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileLock::FileLock(const fs::path& path) : descriptor_(open_file(path, O_RDWR | O_CREAT)) {
  if (!descriptor_) fail_io("lock", path);
  bool locked = ::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0;
  for (int again = 0; !locked && errno == EWOULDBLOCK && again < 3; ++again) {  // is_locked() may be asking
    ::usleep(1000);
    locked = ::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0;
  }
  struct stat file = {};  // whoever held it may have removed it since it was opened
  const bool removed = locked && ::fstat(descriptor_.get(), &file) == 0 && file.st_nlink == 0;
  if (locked && !removed) return;
  require<IoError>(!removed && errno != EWOULDBLOCK, path.native(), " is in use by another process");
  fail_io("lock", path);
}

}  // namespace seqrec
