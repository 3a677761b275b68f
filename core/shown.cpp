#include "core/shown.h"

#include "core/utf8.h"

namespace seqrec {
namespace {

/// The bytes of the character that `text` begins with; 0 if it is none, or a control character.
std::size_t printable(std::string_view text) {
  const std::size_t length = utf8_length(text);
  const auto last = static_cast<unsigned char>(text[length > 0 ? length - 1 : 0]);
  const bool control = length == 1 ? last < 0x20 || last == 0x7F : text[0] == '\xC2' && last < 0xA0;
  return control ? 0 : length;
}

/// `at`, or the begin of the character that it would cut.
std::size_t cut(std::string_view text, std::size_t at) {
  const auto inside = [&] { return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  for (int back = 0; back < 3 && at > 0 && inside(); ++back) --at;
  return at;
}

}  // namespace

std::string escaped(std::string_view text, std::string_view kept) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    std::size_t length = printable(text);
    if (length == 0 && kept.find(c) != kept.npos) length = 1;
    if (length > 0) {
      out += text.substr(0, length);
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else {
      out += "\\x";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

std::string shown(std::string_view text, std::size_t longest, std::string_view kept) {
  if (text.size() <= longest) {
    std::string whole = escaped(text, kept);
    if (whole.size() <= longest) return whole;
  }
  const std::size_t half = longest / 2, last = text.size() > half ? text.size() - half : 0;
  const std::string head = escaped(text.substr(0, cut(text, half)), kept);
  const std::string tail = escaped(text.substr(cut(text, last)), kept);
  const std::size_t from = tail.size() > half ? tail.size() - half : 0;
  return head.substr(0, cut(head, half)) + "...[" + std::to_string(text.size()) + " bytes]..." +
         tail.substr(cut(tail, from));
}

}  // namespace seqrec
