#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "core/descriptor.h"

struct stat;

namespace seqrec {

/// Every output of the program: what stands under a path afterwards is the whole of the new content or the old one.
///
/// A regular file is replaced as one step: a temporary file beside it is written, synced and renamed. It has the old
/// file's permissions, and its owner where the system allows it; a symbolic link stays, and what it leads to is
/// replaced, or made. A kill, a full disk and every other error leave the old file as it was.
///
/// What is no regular file (a device, a pipe, /dev/stdout, /dev/fd/N) can't be replaced: it is written to as it goes.
///
/// Temporaries are called NAME.seqrec.tmp and locked while they are written. A killed process may leave one; whoever
/// writes in the same folder next removes it.
class OutputFile {
 public:
  /// IoError naming the path and the reason: a folder, a file that may not be written, a pipe that no process reads,
  /// another process writes it already.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// IoError naming the path and the reason (disk full, ...).
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Makes the new content visible under the path. Without it the destructor throws the new content away.
  void commit();

  /// Removes the temporaries that killed processes left in a folder.
  static void remove_leftovers(const std::filesystem::path& folder);
  /// Whether a file has a temporary's name.
  static bool is_temporary(const std::filesystem::path& path);
  /// Whether what is under the path would be written to as it goes. IoError if the system doesn't tell.
  static bool is_stream(const std::filesystem::path& path);

 private:
  void make_temporary(const struct stat* old);

  std::filesystem::path path_;       // as it was given
  std::filesystem::path target_;     // what links lead to
  std::filesystem::path temporary_;  // empty: a stream
  Descriptor descriptor_;
};

}  // namespace seqrec
