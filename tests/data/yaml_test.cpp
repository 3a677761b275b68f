#include <doctest/doctest.h>

#include "data/config.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using seqrec::ConfigError;
using seqrec::Json;
using seqrec::data::parse_setting;
using seqrec::data::parse_yaml;

TEST_CASE("a setting is YAML, JSON, or a string") {
  CHECK(parse_setting("12") == Json(12));
  CHECK(parse_setting("-3") == Json(-3));
  CHECK(parse_setting("1e-4") == Json(1e-4));
  CHECK(parse_setting("2.5") == Json(2.5));
  CHECK(parse_setting(".5") == Json(0.5));
  CHECK(parse_setting("True") == Json(true));
  CHECK(parse_setting("false") == Json(false));
  CHECK(parse_setting("None").is_null());
  CHECK(parse_setting("~").is_null());
  CHECK(parse_setting("null").is_null());
  CHECK(parse_setting("adam") == Json("adam"));
  CHECK(parse_setting("'12'") == Json("12"));
  CHECK(parse_setting("[1, 2.5, a]") == Json(Json::Array{1, 2.5, "a"}));
  CHECK(parse_setting("{'LS': 'valid_only'}") == Json(Json::Object{{"LS", "valid_only"}}));
  CHECK(parse_setting("{'LS':'valid_only'}") == Json(Json::Object{{"LS", "valid_only"}}));
  CHECK(parse_setting("{\"RS\":[0.8,0.1,0.1]}") == Json(Json::Object{{"RS", Json::Array{0.8, 0.1, 0.1}}}));
  CHECK(parse_setting("\"\\t\"") == Json("\t"));
}

TEST_CASE("what is neither YAML nor JSON is a string") {
  CHECK(parse_setting("[10,inf)") == Json("[10,inf)"));
  CHECK(parse_setting("(0,1];[3,4)") == Json("(0,1];[3,4)"));
  CHECK(parse_setting("{a") == Json("{a"));
  CHECK(parse_setting(" ") == Json(" "));
  CHECK(parse_setting("") == Json(""));
  CHECK(parse_setting("#") == Json("#"));
  CHECK(parse_setting("\xFF\xFE") == Json("\xFF\xFE"));
  CHECK(parse_setting(std::string_view(",\0x", 3)) == Json(std::string(",\0x", 3)));
  CHECK(parse_setting("007") == Json("007"));
  CHECK(parse_setting("nan") == Json("nan"));
  CHECK(parse_setting("1.2.3") == Json("1.2.3"));
  CHECK(parse_setting("__import__('os').getcwd()") == Json("__import__('os').getcwd()"));
}

TEST_CASE("integers beyond 64 bits are numbers") {
  CHECK(parse_setting("9223372036854775807") == Json(std::int64_t{9223372036854775807}));
  CHECK(parse_setting("92233720368547758070") == Json(92233720368547758070.0));
}

TEST_CASE("a file is a map, and its entries know their lines") {
  const auto entries = parse_yaml("a: 1\n# comment\nb:\n  c: [x, ~]\n\nd: 'no'\n", "f.yaml");
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].key == "a");
  CHECK(entries[0].line == 1);
  CHECK(entries[1].value == Json(Json::Object{{"c", Json::Array{"x", nullptr}}}));
  CHECK(entries[1].line == 3);
  CHECK(entries[2].value == Json("no"));
  CHECK(entries[2].line == 6);
  CHECK(parse_yaml("", "f.yaml").empty());
  CHECK(parse_yaml("# nothing\n", "f.yaml").empty());
}

TEST_CASE("a malformed file is an error with its line") {
  const auto error = [](const char* text) {
    return seqrec::message_of<ConfigError>([&] { parse_yaml(text, "f.yaml"); });
  };
  CHECK(error("a: 1\nb: [1, 2\n").starts_with("f.yaml:"));
  CHECK(error("a: 1\na: 2\n") == "f.yaml:2: key 'a' twice");
  CHECK(error("a:\n  b: 1\n  b: 2\n") == "f.yaml:3: key 'b' twice");
  CHECK(error("- a\n- b\n") == "f.yaml:1: expected lines 'key: value'");
  CHECK(error("? [x]\n: 1\n") == "f.yaml:1: a key must be a plain word");
  CHECK(error("a: 1\nb: \xFF\n") == "f.yaml:2: not a text in UTF-8");
  CHECK(error(",a: 1\n").starts_with("f.yaml:1: "));
  CHECK(error("a: &x [*x]\n").starts_with("f.yaml:1: "));
  CHECK(error("a: 1\n---\nb: 2\n") == "f.yaml:2: more than one document");
}

TEST_CASE("a configuration in UTF-16 is told so") {
  const auto error = [](const std::string& text) {
    return seqrec::message_of<ConfigError>([&] { parse_yaml(text, "f.yaml"); });
  };
  const std::string told =
      "f.yaml:1: a text in UTF-16, expected UTF-8; iconv -f UTF-16 -t UTF-8 OLD > NEW makes it that";
  CHECK(error(std::string("\xFF\xFE"
                          "a\0:\0 \0"
                          "1\0\n\0",
                          12)) == told);
  CHECK(error(std::string("\xFE\xFF\0a\0:", 6)) == told);
  CHECK(error(std::string("a\0:\0 \0"
                          "1\0",
                          8)) == told);
  CHECK(error(std::string("a: \0", 4)) == "f.yaml:1: not a text in UTF-8");
}

TEST_CASE("a long text that many aliases stand for is bounded by its bytes") {
  std::string text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  for (int i = 0; i < 8000; ++i) text += i ? ", *a" : "*a";
  CHECK(seqrec::message_of<ConfigError>([&] { parse_yaml(text + "]\n", "f.yaml"); }) ==
        "f.yaml:2: more than 16777216 bytes of text, aliases written out");
  std::string few = "a: &a " + std::string(1'000'000, 'x') + "\nb: [*a, *a, *a]\n";
  CHECK(parse_yaml(few, "f.yaml")[1].value.as_array()[2].as_string().size() == 1'000'000);
  std::string nested = "a: ";
  for (int i = 0; i < 30; ++i) nested += "&a" + std::to_string(i) + " [";
  nested += std::string(1'000'000, 'x') + std::string(30, ']') + "\nb: 1\n";
  CHECK(seqrec::message_of<ConfigError>([&] { parse_yaml(nested, "f.yaml"); }) ==
        "f.yaml:2: more than 16777216 bytes of text, aliases written out");
}

TEST_CASE("an error about a long key shows its begin and end") {
  const std::string key(1000, 'k'),
      error = seqrec::message_of<ConfigError>([&] { parse_yaml(key + ": 1\n" + key + ": 2\n", "f.yaml"); });
  CHECK(error == "f.yaml:2: key '" + std::string(40, 'k') + "...[1000 bytes]..." + std::string(40, 'k') + "' twice");
}

TEST_CASE("levels are counted through aliases") {
  const auto levels = [](int outer) {
    std::string text = "a: &a " + std::string(20, '[') + std::string(20, ']') + "\nb: ";
    text +=
        std::string(static_cast<std::size_t>(outer), '[') + "*a" + std::string(static_cast<std::size_t>(outer), ']');
    return seqrec::message_of<ConfigError>([&] { parse_yaml(text + "\n", "f.yaml"); });
  };
  CHECK(levels(11) == "");
  CHECK(levels(12) == "f.yaml:2: nested deeper than 32");
}

TEST_CASE("nesting and growth by aliases are bounded") {
  std::string deep = "a: ", bomb = "a0: &a0 [x]\n";
  for (int i = 0; i < 50; ++i) deep += '[';
  for (int i = 0; i < 50; ++i) deep += ']';
  CHECK(seqrec::message_of<ConfigError>([&] { parse_yaml(deep, "f.yaml"); }).find("nested deeper than 32") !=
        std::string::npos);
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(seqrec::message_of<ConfigError>([&] { parse_yaml(bomb, "f.yaml"); }).find("more than 100000 values") !=
        std::string::npos);
}
