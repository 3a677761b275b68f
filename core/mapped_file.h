#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/descriptor.h"

namespace seqrec {

/// A regular file, mapped to be read: its bytes come from the disk when they are looked at, and the system may take
/// their memory back. For files too large for memory alone (others: FileContent, core/file.h). One that is replaced, as
/// OutputFile does, is read as it was; whoever shortens it in place ends the process by a signal.
class MappedFile {
 public:
  /// IoError naming the path and the reason: it is absent, no regular file, or can't be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  /// One that is open; `path` stands in errors.
  MappedFile(const Descriptor& file, const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace seqrec
