#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/descriptor.h"

namespace seqrec {

/// A file, a device or a pipe, read once from its beginning to its end. /dev/stdin and /dev/fd/N (what a shell makes of
/// `<(command)`) are read on from where they stand.
class InputFile {
 public:
  /// IoError naming the path and the reason: it is absent, a folder, a socket, or a named pipe that no process writes
  /// to, now and for half a second.
  explicit InputFile(std::filesystem::path path);

  /// The next bytes, none at the end; valid until the next call. IoError if the system can't go on reading.
  std::string_view read();
  /// The next line, without the \n that ends it (the last one may lack it); false at the end. IoError as read().
  bool read_line(std::string& line);

  /// From now on calls `f` before a read that would wait for who writes (of a pipe, a terminal), so that what was made
  /// of the bytes so far can be passed on first.
  void before_waiting(std::function<void()> f) { before_waiting_ = std::move(f); }

 private:
  void fill();

  std::filesystem::path path_;
  Descriptor descriptor_;
  std::unique_ptr<char[]> buffer_;
  std::string_view unread_;  // of the buffer
  std::function<void()> before_waiting_;
};

/// Opens a file to read. IoError if it can't be, or is a folder or a socket.
Descriptor open_input(const std::filesystem::path& path);

/// "a pipe", "a device", ... for the mode of a file's status.
const char* kind_of_file(mode_t mode);

}  // namespace seqrec
