#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <zlib.h>

#include "core/error.h"
#include "data/text_input.h"
#include "memory_file.h"

namespace {

using Lines = std::vector<std::string>;

/// Nothing if the text is refused.
std::optional<Lines> lines_of(std::string_view text) {
  static MemoryFile file;
  file.set(text);
  Lines lines;
  try {
    seqrec::data::TextInput input(file.path());
    for (std::string line; input.read_line(line);) lines.push_back(line);
    if (input.line() != static_cast<std::int64_t>(lines.size())) std::abort();
  } catch (const seqrec::DataError&) {
    return std::nullopt;
  }
  return lines;
}

std::string compressed(std::string_view text) {
  z_stream stream{};
  if (::deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(::deflateBound(&stream, text.size()), ' ');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

/// The lines as they are defined.
Lines split(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines;
  while (!text.empty()) {
    std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

/// Whatever the bytes: their lines, or a DataError. The same when gzip compressed them, whole or in two members, and an
/// error where the end is cut off or something else follows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<Lines> lines = lines_of(text);
  if (seqrec::data::is_compressed(text)) return 0;
  if (lines && *lines != split(text)) std::abort();
  const std::string whole = compressed(text);
  const std::size_t cut = size == 0 ? 0 : data[0] % (size + 1);
  if (lines_of(whole) != lines) std::abort();
  if (lines_of(compressed(text.substr(0, cut)) + compressed(text.substr(cut))) != lines) std::abort();
  if (lines && lines_of(whole.substr(0, whole.size() - 1 - cut % (whole.size() - 2)))) std::abort();
  if (lines_of(whole + "garbage")) std::abort();
  return 0;
}
