#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.h"

namespace seqrec {

/// A regular file that is read in parts. It is not mapped: whoever shortens a mapped file in place ends the process
/// that reads it by a signal. One that is replaced (as OutputFile does) is read as it was when it was opened.
class RegularFile {
 public:
  /// IoError naming the path and the reason: at once for what is no regular file.
  explicit RegularFile(std::filesystem::path path);

  std::size_t size() const { return size_; }
  /// Reads the bytes from `begin` on, from several threads too. IoError naming the path for a file that was written in
  /// place since it was opened, UsageError for bytes beyond its end.
  void read(std::size_t begin, std::span<std::byte> into) const;

 private:
  std::filesystem::path path_;
  Descriptor descriptor_;
  std::size_t size_ = 0;
  std::array<std::int64_t, 2> changed_ = {};  // seconds and nanoseconds
};

/// The whole of a regular file, read into memory (as RegularFile). Aligned to the largest element of a tensor.
class FileContent {
 public:
  explicit FileContent(const std::filesystem::path& path);

  const std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data()), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

/// The whole of a small file, device or pipe as text (core/input_file.h). IoError if it can't be read.
std::string read_text(const std::filesystem::path& path);
/// OutputFile (core/output_file.h) in one call.
void write_text(const std::filesystem::path& path, std::string_view text);
/// Adds a line, or several, to a file's end; the file is made if it is absent. IoError naming the path and the reason;
/// of what didn't fit nothing stays.
void append_text(const std::filesystem::path& path, std::string_view text);

/// Whether there is something of that name. IoError if the system doesn't tell (a folder that may not be entered).
bool file_exists(const std::filesystem::path& path);
/// Whether it is a folder. IoError likewise.
bool is_folder(const std::filesystem::path& path);
/// The paths of what a folder holds, in order. IoError if it can't be read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);
/// Removes a file, if there is one of that name. IoError if it can't be.
void remove_file(const std::filesystem::path& path);
/// Gives a file another name in its folder, that of a file that is there too, as one durable step. IoError if it can't.
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);
/// Makes a folder and those above it, unless they are there, and makes them last. IoError if it can't be.
void make_folder(const std::filesystem::path& path);
/// The folder that a file will lie in.
void make_folder_of(const std::filesystem::path& file);

/// Whether a FileLock on the file is held by a process. Asks by a lock that lasts for an instant.
bool is_locked(const std::filesystem::path& path);

/// An exclusive lock on a file (made if absent), held until destruction, also given up by a killed process.
class FileLock {
 public:
  /// IoError "... is in use by another process" if it is held elsewhere.
  explicit FileLock(const std::filesystem::path& path);

 private:
  Descriptor descriptor_;
};

}  // namespace seqrec
