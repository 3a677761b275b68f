#include "core/shown.h"

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("escaped keeps characters and shows bytes that are none") {
  CHECK(escaped("plain") == "plain");
  CHECK(escaped("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80") == "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(escaped(std::string_view("a\0\n\t\r\x7f", 6)) == "a\\x00\\n\\t\\r\\x7f");
  CHECK(escaped("\n\t", "\n") == "\n\\t");
  CHECK(escaped("\xC2\x9B") == "\\xc2\\x9b");           // a control character that begins a terminal's command
  CHECK(escaped("\xC0\x80") == "\\xc0\\x80");           // overlong
  CHECK(escaped("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // half of a surrogate pair
  CHECK(escaped("\xE2\x82") == "\\xe2\\x82");           // cut
  CHECK(escaped("\xFF\xFEu") == "\\xff\\xfeu");
}

TEST_CASE("shown leaves out the middle of what is long, and cuts no character") {
  CHECK(shown("abcdefgh", 8) == "abcdefgh");
  CHECK(shown("abcdefghi", 8) == "abcd...[9 bytes]...fghi");
  CHECK(shown(std::string_view("\0\0\0", 3), 8) == "\\x00...[3 bytes]...\\x00");
  CHECK(shown("abc\xC3\xA9"
              "efgh\xC3\xA9xyz",
              8) == "abc...[14 bytes]...\xC3\xA9xyz");
  const std::string text = shown(std::string(1'000'000, '\xff'));
  CHECK(text.size() < 120);
  CHECK(text.starts_with("\\xff\\xff"));
  CHECK(text.ends_with("...[1000000 bytes]...\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"));
  CHECK(shown("") == "");
}
