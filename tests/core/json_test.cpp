#include "core/json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/random.h"
#include "tests/failing_memory.h"

using namespace seqrec;

TEST_CASE("values of every type are parsed") {
  const Json json = Json::parse(R"( {"a": [1, -2.5, true, false, null, "x"], "b": {}, "c": []} )");
  CHECK(json.is_object());
  const Json::Array& list = json.at("a").as_array();
  CHECK(list[0].as_int() == 1);
  CHECK(list[1].as_double() == -2.5);
  CHECK(list[2].as_bool());
  CHECK_FALSE(list[3].as_bool());
  CHECK(list[4].is_null());
  CHECK(list[5].as_string() == "x");
  CHECK(json.at("b").as_object().empty());
  CHECK(json.at("c").as_array().empty());
}

TEST_CASE("objects keep their order") {
  const std::string text = R"({"z":1,"a":2,"m":{"y":[],"b":{}}})";
  CHECK(Json::parse(text).dump() == text);
}

TEST_CASE("dump with an indent gives one line per element") {
  CHECK(Json::parse(R"({"a":[1,{}],"b":{"c":[]}})").dump(2) ==
        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
}

TEST_CASE("integers stay integers, also at the ends of 64 bits") {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min()}) {
    const Json back = Json::parse(Json(value).dump());
    CHECK(back.is_int());
    CHECK(back.as_int() == value);
  }
  const Json large = Json::parse("9223372036854775808");
  CHECK_FALSE(large.is_int());
  CHECK(large.as_double() == 0x1p63);
}

TEST_CASE("doubles are read back bit for bit, as doubles") {
  std::vector<double> values = {0.0, -0.0, 1.0, -3.0, 0.1, 1e22, 1e-300, 5e-324, 1.7976931348623157e308, 1e100};
  Random random(random_stream(1, Purpose::Test));
  for (int i = 0; i < 1000; ++i)
    values.push_back(std::ldexp(random.normal(), static_cast<int>(random.below(2000)) - 1000));
  for (const double value : values) {
    const Json back = Json::parse(Json(value).dump());
    CHECK_FALSE(back.is_int());
    CHECK(back.as_double() == value);
    CHECK(std::signbit(back.as_double()) == std::signbit(value));
  }
  CHECK(Json(0.1).dump() == "0.1");
  CHECK(Json(2.0).dump() == "2.0");
  CHECK(Json(std::nan("")).dump() == "null");
  CHECK(Json(-std::numeric_limits<double>::infinity()).dump() == "null");
}

TEST_CASE("strings are bytes") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string dumped = Json(all).dump();
  CHECK(Json::parse(dumped).as_string() == all);
  CHECK(Json("\x01\x1f\n\"\\\b\f\r\t/\x7f\xff").dump() == "\"\\u0001\\u001f\\n\\\"\\\\\\b\\f\\r\\t/\x7f\\udcff\"");
}

TEST_CASE("what is written is UTF-8, whatever the bytes are") {
  const auto written = [](const std::string& text) {
    const std::string dumped = Json(text).dump();
    CHECK(Json::parse(dumped).as_string() == text);
    return dumped.substr(1, dumped.size() - 2);
  };
  // The first and the last character of each length, and around the surrogates.
  for (const char* text : {"\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(written(text) == text);
  CHECK(written("a\xE9z") == "a\\udce9z");
  CHECK(written("\xC3") == "\\udcc3");
  CHECK(written("\xE2\x82z") == "\\udce2\\udc82z");
  CHECK(written("\xC1\xBF") == "\\udcc1\\udcbf");  // longer than needed
  CHECK(written("\xE0\x9F\xBF") == "\\udce0\\udc9f\\udcbf");
  CHECK(written("\xED\xA0\x80") == "\\udced\\udca0\\udc80");  // half of a surrogate pair
  CHECK(written("\xF0\x8F\xBF\xBF") == "\\udcf0\\udc8f\\udcbf\\udcbf");
  CHECK(written("\xF4\x90\x80\x80") == "\\udcf4\\udc90\\udc80\\udc80");  // beyond the last character
  CHECK(written("\xF8") == "\\udcf8");
  CHECK(Json::parse("\"\xE9\"") == Json::parse(R"("\udce9")"));  // as older versions wrote it
  Json map = Json::object();
  map["\xFF"] = 1;
  CHECK(map.dump() == R"({"\udcff":1})");
}

TEST_CASE("escapes") {
  CHECK(Json::parse(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
  CHECK(Json::parse(R"("\u0041\u00e9\u20AC\ud83d\ude00")").as_string() == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(Json::parse(R"("\u0000")").as_string() == std::string(1, '\0'));
}

TEST_CASE("malformed text is refused with its place") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: expected a value, got the end"},
      {"  \n ", "line 2, column 2: expected a value, got the end"},
      {"1 2", "line 1, column 3: expected the end, got '2'"},
      {"[1,\n 2", "line 2, column 3: expected ',' or ']', got the end"},
      {"[1,]", "line 1, column 4: expected a value, got ']'"},
      {"{\"a\" 1}", "line 1, column 6: expected ':', got '1'"},
      {"{\"a\":1,}", "line 1, column 8: expected a key in quotes, got '}'"},
      {"{a:1}", "line 1, column 2: expected a key in quotes, got 'a'"},
      {"{\"a\":1 \"b\"", "line 1, column 8: expected ',' or '}', got '\"'"},
      {"tru", "line 1, column 1: expected a value, got 't'"},
      {"nulls", "line 1, column 5: expected the end, got 's'"},
      {"NaN", "line 1, column 1: expected a value, got 'N'"},
      {"+1", "line 1, column 1: expected a value, got '+'"},
      {"-", "line 1, column 2: expected a digit, got the end"},
      {"01", "line 1, column 2: expected the end, got '1'"},
      {"1.", "line 1, column 3: expected a digit, got the end"},
      {".5", "line 1, column 1: expected a value, got '.'"},
      {"1e+", "line 1, column 4: expected a digit, got the end"},
      {"1e999", "line 1, column 1: the number 1e999 is out of range"},
      {"\"ab", "line 1, column 1: the string has no end"},
      {"\"a\nb\"", "line 1, column 3: expected an escape such as \\n for a control character, got byte 10"},
      {"\"\\x\"", "line 1, column 3: expected one of \"\\/bfnrtu, got 'x'"},
      {"\"\\", "line 1, column 3: expected one of \"\\/bfnrtu, got the end"},
      {"\"\\u12g4\"", "line 1, column 4: expected four hexadecimal digits, got '1'"},
      {"\"\\u-123\"", "line 1, column 4: expected four hexadecimal digits, got '-'"},
      {"\"\\ud800\"", "line 1, column 2: half of a surrogate pair"},
      {"\"\\udc00\"", "line 1, column 2: half of a surrogate pair"},
      {"\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair"},
      {"\xff", "line 1, column 1: expected a value, got byte 255"},
      {"{\"b\":1,\n \"a\":{\"x\":1,\"y\":2,\"x\":3}}", "line 2, column 6: the key \"x\" stands twice in this map"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(Json::parse(text), message.c_str(), FormatError);
  }
  CHECK_THROWS_WITH_AS(Json::parse(std::string("1\0", 2)), "line 1, column 2: expected the end, got byte 0",
                       FormatError);
}

TEST_CASE("depth is limited") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(Json::parse(nested(64)).is_array());
  CHECK_THROWS_WITH_AS(Json::parse(nested(65)), "line 1, column 65: more than 64 levels", FormatError);
  CHECK_THROWS_AS(Json::parse(std::string(1'000'000, '[')), FormatError);
}

TEST_CASE("a map of 100,000 members is parsed, and its one duplicate found") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"key" + std::to_string(i) + "\":0,";
  CHECK(Json::parse(text + "\"last\":1}").as_object().size() == 100'001);
  CHECK_THROWS_WITH_AS(Json::parse(text + "\"key5\":1}"), "line 1, column 1: the key \"key5\" stands twice in this map",
                       FormatError);
}

TEST_CASE("values are taken as types, or refused") {
  CHECK(Json(2.0).as_int() == 2);
  CHECK(Json(7).as_double() == 7.0);
  CHECK_THROWS_WITH_AS(Json(2.5).as_int(), "expected an integer, got 2.5", FormatError);
  CHECK_THROWS_WITH_AS(Json(1e19).as_int(), "expected an integer, got 1e+19", FormatError);
  CHECK_THROWS_AS(Json(std::nan("")).as_int(), FormatError);
  CHECK_THROWS_WITH_AS(Json("1").as_int(), "expected an integer, got a string", FormatError);
  CHECK_THROWS_WITH_AS(Json().as_double(), "expected a number, got null", FormatError);
  CHECK_THROWS_WITH_AS(Json(1).as_bool(), "expected true or false, got 1", FormatError);
  CHECK_THROWS_WITH_AS(Json::array().as_string(), "expected a string, got a list", FormatError);
  CHECK_THROWS_WITH_AS(Json(true).as_array(), "expected a list, got true or false", FormatError);
  CHECK_THROWS_WITH_AS(Json("x").as_object(), "expected a map, got a string", FormatError);
  CHECK(std::string(Json(1).type_name()) == "an integer");
  CHECK(std::string(Json(1.5).type_name()) == "a number");
}

TEST_CASE("members are found, made and missed") {
  Json json;
  json["a"] = 1;
  json["b"]["c"] = "x";
  json["a"] = 2;
  json["list"].push_back(1);
  json["list"].push_back(Json::object());
  CHECK(json.dump() == R"({"a":2,"b":{"c":"x"},"list":[1,{}]})");
  CHECK(json.find("a")->as_int() == 2);
  CHECK(json.find("q") == nullptr);
  CHECK(Json(1).find("a") == nullptr);
  CHECK_THROWS_WITH_AS(json.at("q"), "\"q\" is missing", FormatError);
  CHECK_THROWS_WITH_AS(Json::array().at("q"), "expected a map, got a list", FormatError);
  CHECK_THROWS_WITH_AS(json["a"]["b"], "expected a map, got 2", FormatError);
  CHECK_THROWS_WITH_AS(json.push_back(1), "expected a list, got a map", FormatError);
}

TEST_CASE("values compare") {
  CHECK(Json::parse("[1,{\"a\":\"b\"}]") == Json(Json::Array{1, Json(Json::Object{{"a", "b"}})}));
  CHECK(Json(1) != Json(1.0));
  CHECK(Json() != Json(false));
}

TEST_CASE("without memory a value is copied, assigned, parsed and written whole or not at all") {
  const std::string text =
      R"({"text":"a text that is longer than a short one","list":[1,2.5,"another text that is long enough",[],{}],)"
      R"("map":{"a key that is longer than a short one":null,"b":[true,false]}})";
  const Json value = Json::parse(text), before = Json::parse(R"(["what was there before and stays there"])");
  for (const Failing which : {Failing::Once, Failing::FromThenOn}) {
    Json assigned = before;
    const auto each = [&](auto&& f) {
      return fail_each_allocation(
          which,
          [&] {
            try {
              f();
            } catch (const std::bad_alloc&) {
            }
          },
          [&](long) { CHECK(assigned == before); });
    };
    CHECK(each([&] { assigned = Json(value); }) > 5);
    CHECK(assigned == value);
    assigned = before;
    CHECK(each([&] { assigned = value; }) > 5);
    CHECK(assigned == value);
    assigned = before;
    CHECK(each([&] { assigned = Json::parse(text); }) > 5);
    CHECK(assigned == value);
    assigned = before;
    std::string written;
    CHECK(each([&] { written = value.dump(2); }) > 1);
    CHECK(Json::parse(written) == value);
  }
}

TEST_CASE("a value assigned to a part of itself, or to itself") {
  Json json = Json::parse(R"({"a":{"b":["c"]}})");
  json = json.at("a");
  CHECK(json.dump() == R"({"b":["c"]})");
  const Json& same = json;
  json = same;
  CHECK(json.dump() == R"({"b":["c"]})");
}
