#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace seqrec {
namespace detail {

/// What printf made of a real number, in whatever locale the host process has set, with '.' for its decimal mark.
void append_printed(std::string& out, std::string_view printed);

}  // namespace detail

/// One part of a text that concat puts together: refers to what it was made of. Numbers are written as C does, in any
/// locale: integers in full, real numbers with six digits ("%g"); a bool is 1 or 0, a char is itself.
class TextPart {
 public:
  TextPart(std::string_view text) : text_(text) {}
  TextPart(const std::string& text) : text_(text) {}
  TextPart(const char* text) : text_(text) {}
  TextPart(char character) : write_(write_character), character_(character) {}
  template <std::integral T>
  TextPart(T number) : write_(std::unsigned_integral<T> ? write_unsigned : write_signed), integer_(number) {}
  template <std::floating_point T>
  TextPart(T number) : write_(write_real), real_(static_cast<double>(number)) {}
  /// Whatever has a to_string beside it: shapes, dtypes, devices.
  template <class T>
  requires requires(const T& value) {
    { to_string(value) } -> std::convertible_to<std::string>;
  }
  TextPart(const T& value)
      : write_([](std::string& out, const TextPart& part) { out += to_string(*static_cast<const T*>(part.value_)); }),
        value_(&value) {}

  void append_to(std::string& out) const { write_(out, *this); }

 private:
  using Write = void (*)(std::string& out, const TextPart& part);
  static void write_text(std::string& out, const TextPart& part);
  static void write_character(std::string& out, const TextPart& part);
  static void write_signed(std::string& out, const TextPart& part);
  static void write_unsigned(std::string& out, const TextPart& part);
  static void write_real(std::string& out, const TextPart& part);

  Write write_ = write_text;
  union {
    std::string_view text_;
    char character_;
    std::int64_t integer_;
    double real_;
    const void* value_;
  };
};

/// The parts, written one after the other. What writes them is compiled once, so that a call costs a few instructions
/// per part wherever a message is put together.
std::string concat(std::initializer_list<TextPart> parts);

template <class... Args>
std::string concat(const Args&... args) {
  return concat({TextPart(args)...});
}

}  // namespace seqrec
