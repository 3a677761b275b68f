#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace seqrec::data {

/// A text file, device or pipe read line by line; one that gzip compressed is decompressed on the way.
class TextInput {
 public:
  /// IoError as InputFile (core/input_file.h) gives it.
  explicit TextInput(const std::filesystem::path& path);
  ~TextInput();

  /// The next line without its end (\n or \r\n; the last line may lack it) and without a byte order mark at the text's
  /// begin; false at the end. IoError if the system can't go on; DataError for damaged gzip data, and at once for what
  /// is no text: UTF-16, Parquet, a zip archive.
  bool read_line(std::string& line);
  /// Whether the first character that is no blank is this one; before anything was read.
  bool begins_with(char c) const;
  std::int64_t line() const { return line_; }  ///< the number of the last one, from 1
  const std::string& name() const { return name_; }

 private:
  friend std::string read_compressed(const std::filesystem::path& path);
  class Source;
  bool more();

  std::string name_;
  std::unique_ptr<Source> source_;
  std::string text_;  // read and not yet given out, from begin_ on
  std::size_t begin_ = 0;
  std::int64_t line_ = 0;
  bool ended_ = false;
};

/// Whether bytes begin as gzip's do.
constexpr bool is_compressed(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }
/// The whole text of a file that gzip compressed. Errors as TextInput's.
std::string read_compressed(const std::filesystem::path& path);

}  // namespace seqrec::data
