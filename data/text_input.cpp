#include "data/text_input.h"

#include <array>
#include <utility>

#include <zlib.h>

#include "core/error.h"
#include "core/input_file.h"
#include "data/encoding.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kLongestLine = 1 << 16;  // that is read before it is asked for
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

/// The bytes of the file, decompressed if need be.
class TextInput::Source {
 public:
  Source(const std::filesystem::path& path) : name_(path.string()), file_(path), unread_(file_.read()) {
    compressed_ = is_compressed(unread_);
    if (compressed_) begin_member();
  }
  ~Source() {
    if (open_) ::inflateEnd(&stream_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// Adds the next bytes; false at the end.
  bool read(std::string& out) {
    if (compressed_) return decompress(out);
    if (unread_.empty()) return false;
    out += unread_;
    unread_ = file_.read();
    return true;
  }

 private:
  void begin_member() {
    if (open_) ::inflateEnd(&stream_);
    stream_ = {};
    open_ = ::inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
    if (!open_) throw std::bad_alloc();
    ended_ = false;
  }

  bool decompress(std::string& out) {
    for (;;) {
      if (unread_.empty()) unread_ = file_.read();
      if (unread_.empty()) {
        require<DataError>(ended_, name_, ": the gzip data end too early");
        return false;
      }
      if (ended_) begin_member();  // files may be compressed one after the other
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(unread_.data()));
      stream_.avail_in = static_cast<uInt>(unread_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      require<DataError>(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, name_,
                         ": damaged gzip data", stream_.msg ? concat(" (", stream_.msg, ")") : "");
      ended_ = status == Z_STREAM_END;
      unread_ = unread_.substr(unread_.size() - stream_.avail_in);
      const std::size_t got = buffer_.size() - stream_.avail_out;
      out.append(buffer_.data(), got);
      if (got > 0) return true;
    }
  }

  std::string name_;
  InputFile file_;
  std::string_view unread_;
  bool compressed_ = false, open_ = false, ended_ = false;
  z_stream stream_{};
  std::array<char, 1 << 16> buffer_;
};

std::string read_compressed(const std::filesystem::path& path) {
  std::string out;
  for (TextInput::Source source(path); source.read(out);) {
  }
  return out;
}

TextInput::TextInput(const std::filesystem::path& path)
    : name_(path.string()), source_(std::make_unique<Source>(path)) {
  const auto is_enough = [&] {
    return text_.size() >= kLongestLine || (text_.size() >= 32 && text_.find('\n') != text_.npos);
  };
  while (!is_enough() && more()) {
  }
  const std::string_view format = foreign_format(text_);
  require<DataError>(format.empty(), name_, ": ", format);
  if (text_.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
}

TextInput::~TextInput() = default;

bool TextInput::begins_with(char c) const {
  const auto first = text_.find_first_not_of(" \t\r\n", begin_);
  return first != std::string::npos && text_[first] == c;
}

bool TextInput::more() {
  if (!ended_) ended_ = !source_->read(text_);
  return !ended_;
}

bool TextInput::read_line(std::string& line) {
  std::size_t from = begin_;
  for (;;) {
    const std::size_t end = text_.find('\n', from);
    if (end != std::string::npos) {
      line.assign(text_, begin_, end - begin_);
      begin_ = end + 1;
      break;
    }
    text_.erase(0, std::exchange(begin_, 0));
    from = text_.size();
    if (more()) continue;
    if (text_.empty()) return false;
    line = std::exchange(text_, {});
    break;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  ++line_;
  return true;
}

}  // namespace seqrec::data
