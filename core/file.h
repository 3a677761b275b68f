#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace seqrec {

/// The whole of a regular file, read into memory. It is not mapped: whoever shortens a mapped file in place ends the
/// process that reads it by a signal. Aligned to the largest element of a tensor.
class FileContent {
 public:
  /// IoError naming the path and the system's reason; a folder is refused too, and a file that is written in place
  /// while it is read. One that is replaced (as AtomicFile does) is read as it was.
  explicit FileContent(const std::filesystem::path& path);

  const std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data()), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

/// Replaces a file as one step: writes a temporary file beside it, fsyncs, renames, fsyncs the folder. A crash or a
/// full disk leaves the old file as it was and removes the temporary one.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// IoError naming the path and the reason (disk full, ...).
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Makes the new content visible under the path. Without it the destructor throws the new content away.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

/// The whole of a small file as text. IoError if it can't be read.
std::string read_text(const std::filesystem::path& path);
/// AtomicFile in one call.
void write_text(const std::filesystem::path& path, std::string_view text);

/// An exclusive lock on a file (made if absent), held until destruction, also given up by a killed process.
class FileLock {
 public:
  /// IoError "... is in use by another process" if it is held elsewhere.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace seqrec
