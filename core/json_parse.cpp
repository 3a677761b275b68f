#include <algorithm>
#include <charconv>
#include <optional>

#include "core/json.h"
#include "core/json_number.h"
#include "core/shown.h"

namespace seqrec {
namespace {

constexpr int kMaxDepth = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::uint32_t code, std::string& out) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json parse() {
    Json value = parse_value(0);
    skip_space();
    if (place_ != text_.size()) fail("the end");
    return value;
  }

 private:
  /// Next character, 0 at the end (a 0 in the text is legal nowhere outside of an escape, so it needs no other sign).
  char peek() const { return place_ < text_.size() ? text_[place_] : '\0'; }

  void skip_space() {
    while (place_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++place_;
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++place_;
    return true;
  }

  [[noreturn]] void fail_at(std::size_t place, const std::string& what) const {
    const std::string_view before = text_.substr(0, place);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    throw FormatError(concat("line ", line, ", column ", place - line_start + 1, ": ", what));
  }

  [[noreturn]] void fail(const char* expected) const {
    if (place_ >= text_.size()) fail_at(place_, concat("expected ", expected, ", got the end"));
    const unsigned char c = static_cast<unsigned char>(text_[place_]);
    const bool printable = c >= 0x20 && c < 0x7F;
    fail_at(place_, printable ? concat("expected ", expected, ", got '", text_[place_], "'")
                              : concat("expected ", expected, ", got byte ", static_cast<int>(c)));
  }

  Json parse_value(int depth) {
    skip_space();
    switch (peek()) {
      case '{': return parse_object(depth);
      case '[': return parse_array(depth);
      case '"': return Json(parse_string());
      case 't': return parse_word("true", Json(true));
      case 'f': return parse_word("false", Json(false));
      case 'n': return parse_word("null", Json());
      default: return parse_number();
    }
  }

  Json parse_word(std::string_view word, Json value) {
    if (text_.substr(place_, word.size()) != word) fail("a value");
    place_ += word.size();
    return value;
  }

  void open(int depth) {
    if (depth >= kMaxDepth) fail_at(place_, concat("more than ", kMaxDepth, " levels"));
    ++place_;
    skip_space();
  }

  Json parse_array(int depth) {
    open(depth);
    Json::Array elements;
    if (take(']')) return Json(std::move(elements));
    do {
      elements.push_back(parse_value(depth + 1));
      skip_space();
    } while (take(','));
    if (!take(']')) fail("',' or ']'");
    return Json(std::move(elements));
  }

  Json parse_object(int depth) {
    const std::size_t start = place_;
    open(depth);
    Json::Object members;
    if (take('}')) return Json(std::move(members));
    do {
      skip_space();
      if (peek() != '"') fail("a key in quotes");
      std::string key = parse_string();
      skip_space();
      if (!take(':')) fail("':'");
      Json value = parse_value(depth + 1);
      members.emplace_back(std::move(key), std::move(value));
      skip_space();
    } while (take(','));
    if (!take('}')) fail("',' or '}'");
    check_keys(members, start);
    return Json(std::move(members));
  }

  void check_keys(const Json::Object& members, std::size_t start) const {
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const Json::Member& member : members) keys.push_back(member.first);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) fail_at(start, concat("the key \"", shown(*twice), "\" stands twice in this map"));
  }

  Json parse_number() {
    const std::size_t start = place_;
    const auto digits = [&] {
      if (!is_digit(peek())) fail(place_ == start ? "a value" : "a digit");
      while (is_digit(peek())) ++place_;
    };
    const bool minus = take('-');
    bool integer = true;
    if (!take('0')) digits();
    if (take('.')) {
      integer = false;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      integer = false;
      ++place_;
      if (!take('+')) take('-');
      digits();
    }
    const std::string_view number = text_.substr(start, place_ - start);
    const char* end = number.data() + number.size();
    if (integer && !(minus && number == "-0")) {  // -0 is a double: an integer would lose the sign
      std::int64_t value = 0;
      if (std::from_chars(number.data(), end, value).ec == std::errc()) return Json(value);
    }
    const std::optional<double> value = read_json_number(number);
    if (!value) fail_at(start, concat("the number ", number.substr(0, 40), " is out of range"));
    return Json(*value);
  }

  std::string parse_string() {
    const std::size_t start = place_++;
    std::string out;
    for (;;) {
      const std::size_t plain = place_;
      while (place_ < text_.size() && text_[place_] != '"' && text_[place_] != '\\' &&
             static_cast<unsigned char>(text_[place_]) >= 0x20) {
        ++place_;
      }
      out += text_.substr(plain, place_ - plain);
      if (place_ >= text_.size()) fail_at(start, "the string has no end");
      if (take('"')) return out;
      if (!take('\\')) fail("an escape such as \\n for a control character");
      parse_escape(out);
    }
  }

  void parse_escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (take('u')) {
      const std::size_t start = place_ - 2;
      std::uint32_t code = parse_hex();
      if (code >= 0xD800 && code < 0xDC00 && text_.substr(place_, 2) == "\\u") {
        place_ += 2;
        const std::uint32_t low = parse_hex();
        if (low < 0xDC00 || low >= 0xE000) fail_at(start, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else if (code >= 0xDC80 && code < 0xDD00) {  // a byte that is not UTF-8
        out += static_cast<char>(code & 0xFF);
        return;
      } else if (code >= 0xD800 && code < 0xE000) {
        fail_at(start, "half of a surrogate pair");
      }
      append_utf8(code, out);
      return;
    }
    const std::size_t letter = place_ < text_.size() ? kLetters.find(text_[place_]) : std::string_view::npos;
    if (letter == std::string_view::npos) fail("one of \"\\/bfnrtu");
    out += kMeanings[letter];
    ++place_;
  }

  std::uint32_t parse_hex() {
    std::uint32_t code = 0;
    const char* begin = text_.data() + place_;
    const auto result = std::from_chars(begin, begin + std::min<std::size_t>(4, text_.size() - place_), code, 16);
    if (result.ec != std::errc() || result.ptr != begin + 4) fail("four hexadecimal digits");
    place_ += 4;
    return code;
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

}  // namespace

Json Json::parse(std::string_view text) { return Parser(text).parse(); }

}  // namespace seqrec
