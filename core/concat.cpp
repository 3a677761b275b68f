#include "core/concat.h"

#include <charconv>
#include <cstdio>

namespace seqrec {
namespace {

template <class T>
void write_integer(std::string& out, T number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void detail::append_printed(std::string& out, std::string_view printed) {
  // Digits, signs and letters are the same in every locale; what else is there, of one byte or more, is the mark.
  bool marked = false;
  for (const char c : printed) {
    const bool same = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '+' || c == '-';
    if (same) out += c;
    if (!same && !marked) out += '.';
    marked = marked || !same;
  }
}

void TextPart::write_text(std::string& out, const TextPart& part) { out += part.text_; }
void TextPart::write_character(std::string& out, const TextPart& part) { out += part.character_; }
void TextPart::write_signed(std::string& out, const TextPart& part) { write_integer(out, part.integer_); }
void TextPart::write_unsigned(std::string& out, const TextPart& part) {
  write_integer(out, static_cast<std::uint64_t>(part.integer_));
}

void TextPart::write_real(std::string& out, const TextPart& part) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%g", part.real_);
  detail::append_printed(out, {text, static_cast<std::size_t>(size)});
}

std::string concat(std::initializer_list<TextPart> parts) {
  std::string out;
  for (const TextPart& part : parts) part.append_to(out);
  return out;
}

}  // namespace seqrec
