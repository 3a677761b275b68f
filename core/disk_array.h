#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/descriptor.h"
#include "core/mapped_file.h"
#include "core/shared_array.h"

namespace seqrec {

/// A new file in the file system of a folder, to be read and written, without a name; empty, with errno, if it can't
/// be.
Descriptor open_unnamed(const std::filesystem::path& folder);

/// Bytes on the disk that no name leads to: whatever ends the process, nothing is left of them.
class DiskBytes {
 public:
  /// In the file system of a folder. IoError naming it if it can't be written.
  explicit DiskBytes(std::filesystem::path folder);
  /// Adds some at the end. IoError naming the folder and the reason (disk full, ...).
  void write(const void* data, std::size_t bytes);
  /// All of them, mapped.
  std::shared_ptr<const MappedFile> map() const;

 private:
  std::filesystem::path folder_;
  Descriptor file_;
};

/// Numbers that are written one after the other to the disk, and read from a map: an array that takes no memory that
/// the system could not have back. A small one needs no file: it stays in memory.
template <class T>
class DiskArray {
 public:
  /// In the file system of a folder.
  explicit DiskArray(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// IoError if the folder can't be written.
  void add(std::span<const T> values) {
    for (const T& value : values) {
      if (buffer_.size() == kBuffer) flush();
      buffer_.push_back(value);
    }
    size_ += static_cast<std::int64_t>(values.size());
  }
  std::int64_t size() const { return size_; }
  /// What was added so far.
  SharedArray<T> read() {
    if (!bytes_) return buffer_;
    flush();
    auto map = bytes_->map();
    const std::span values(reinterpret_cast<const T*>(map->bytes().data()), map->bytes().size() / sizeof(T));
    return {values, std::move(map)};
  }

 private:
  static constexpr std::size_t kBuffer = (std::size_t{1} << 20) / sizeof(T);
  void flush() {
    if (!bytes_) bytes_.emplace(folder_);
    bytes_->write(buffer_.data(), buffer_.size() * sizeof(T));
    buffer_.clear();
  }

  std::filesystem::path folder_;
  std::optional<DiskBytes> bytes_;
  std::vector<T> buffer_;
  std::int64_t size_ = 0;
};

}  // namespace seqrec
