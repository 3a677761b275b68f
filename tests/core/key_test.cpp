#include "core/key.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/message_of.h"

using namespace seqrec;

namespace {

constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

/// What a key says of a value: "" if it takes it.
std::string refusal(const Key& key, Json value) {
  try {
    key.check(std::move(value), "file.yaml:3");
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a key takes what it says and refuses all else in the same words") {
  const auto refused = [](const Key& key, const Json& value, const char* expected) {
    CHECK(refusal(key, value) == concat("k (file.yaml:3): got ", value.dump(), ", expected ", expected));
  };
  const auto taken = [](const Key& key, const Json& value) { CHECK(refusal(key, value) == ""); };

  const Key size = Key::integer("k", 5, {.min = 1}, "");
  taken(size, 1);
  taken(size, 1 << 30);
  for (const Json& value : {Json(0), Json((std::int64_t{1} << 30) + 1), Json("5"), Json(1.5), Json(), Json(true)})
    refused(size, value, "a whole number from 1 to 1073741824");
  refused(Key::integer("k", 5, {.min = 0, .max = kNoEnd}, ""), -1, "a whole number from 0 on");
  refused(Key::integer("k", 5, {.max = 3}, ""), 4, "a whole number up to 3");
  refused(Key::integer("k", 5, {.max = kNoEnd}, ""), "x", "a whole number");
  taken(Key::integer("k", nullptr, {.min = 1}, ""), nullptr);

  refused(Key::number("k", 0.0, {.min = 0, .below = 1}, ""), 1, "a number from 0 to below 1");
  refused(Key::number("k", 0.0, {.min = 0, .max = 1}, ""), 1.5, "a number from 0 to 1");
  refused(Key::number("k", 0.0, {.min = 0}, ""), -0.5, "a number from 0 on");
  refused(Key::number("k", 0.0, {.above = 0}, ""), 0, "a number above 0");
  refused(Key::number("k", 0.0, {.above = 0, .max = 2}, ""), 3, "a number above 0 to 2");
  refused(Key::number("k", 0.0, {.max = 2}, ""), 3, "a number up to 2");
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {infinity, -infinity, std::nan("")})
    refused(Key::number("k", 0.0, {}, ""), value, "a number");

  refused(Key::boolean("k", true, ""), 1, "true or false");
  refused(Key::text("k", "", ""), true, "a string");
  const Key choice = Key::choice("k", "CE", {"CE", "BPR"}, "");
  taken(choice, "BPR");
  for (const Json& value : {Json("ce"), Json(), Json(1)}) CHECK(refusal(choice, value) != "");
  refused(choice, "ce", "one of CE, BPR");
  taken(Key::choice("k", nullptr, {"step"}, ""), nullptr);
  refused(Key::map("k", nullptr, ""), 5, "a map, such as {name: value}");
  for (const Json& value : {Json(), Json(5), Json("x"), Json::array()})
    taken(Key::any("k", "auto", "~ or auto", ""), value);

  CHECK(Key::any("k", "auto", "~ or auto", "").expected() == "~ or auto");

  for (const Json& value : {Json(), Json(false), Json(""), Json::array(), Json::object()})
    taken(Key::unsupported("k"), value);
  refused(Key::unsupported("k"), 5, "~: this is not supported");
}

TEST_CASE("a key of a list checks each element, and a single value stands for a list of one") {
  const Key sizes = Key::integers("k", Json::Array{8}, {.min = 1}, "");
  CHECK(refusal(sizes, Json::Array{1, 2}) == "");
  CHECK(refusal(sizes, 3) == "");
  const std::string expected = "expected a list of at least one whole number from 1 to 1073741824";
  CHECK(refusal(sizes, Json::Array{1, 0}) == "k (file.yaml:3): got [1,0], " + expected);
  CHECK(refusal(sizes, Json::array()) == "k (file.yaml:3): got [], " + expected);
  CHECK(refusal(sizes, "x") == "k (file.yaml:3): got \"x\", " + expected);
  CHECK(refusal(sizes, Json()) == "k (file.yaml:3): got null, " + expected);

  const Key two = Key::numbers("k", Json::Array{0, 0}, {.min = 0}, 2, "");
  CHECK(refusal(two, Json::Array{1, 2.5}) == "");
  CHECK(refusal(two, 1) == "k (file.yaml:3): got 1, expected a list of 2 numbers from 0 on");
  CHECK(refusal(two, Json::Array{1, 2, 3}).ends_with("got [1,2,3], expected a list of 2 numbers from 0 on"));
  CHECK(refusal(Key::numbers("k", 1.0, {}, ""), Json::array()).ends_with("expected a list of at least one number"));

  const Key names = Key::texts("k", Json::array(), "");
  CHECK(refusal(names, Json::array()) == "");
  CHECK(refusal(names, Json()) == "");
  CHECK(refusal(names, "a") == "");
  CHECK(refusal(names, Json::Array{"a", true}).ends_with("got [\"a\",true], expected a list of strings"));
  CHECK(refusal(Key::choices_of("k", nullptr, {"a", "b"}, ""), Json::Array{"a", "c"})
            .ends_with("expected a list of some of a, b"));
  CHECK(refusal(Key::list("k", nullptr, ""), Json::Array{1, Json(), "x"}) == "");
  CHECK(refusal(Key::list("k", nullptr, ""), Json::object()).ends_with("expected a list"));
}

TEST_CASE("a value is kept as what the key says") {
  CHECK(Key::integer("k", 5, {}, "").check(2.0, "") == Json(2));
  CHECK(Key::text("k", "", "").check(2020, "") == Json("2020"));
  CHECK(Key::integers("k", 5, {}, "").check(Json::Array{2.0}, "") == Json(Json::Array{2}));
  CHECK(Key::number("k", 0.5, {}, "").check(2, "") == Json(2));
}

TEST_CASE("all values of a table: those given, and the defaults of the rest under compat") {
  const std::vector<Key> keys = {
      Key::compat(), Key::integer("width", 64, {.min = 1}, ""),
      Key::by_compat("net", {.fixed = "mlp", .recbole = "linear"}, {"mlp", "linear", "dot"}, ""),
      Key::by_compat("round", {.fixed = false, .recbole = true}, {}, ""), Key::path("file", "", "")};
  const auto values = [&](const char* given) { return complete_values(keys, Json::parse(given), "").dump(); };
  CHECK(values("{}") == R"({"compat":"fixed","width":64,"net":"mlp","round":false})");
  CHECK(values(R"({"compat":"recbole","width":2.0})") ==
        R"({"compat":"recbole","width":2,"net":"linear","round":true})");
  CHECK(values(R"({"compat":"recbole","net":"dot","round":null,"other":1})") ==
        R"({"compat":"recbole","width":64,"net":"dot","round":true})");
  CHECK(Key::by_compat("k", "").expected() == "one of fixed, recbole");
  CHECK(Key::by_compat("k", "").default_under(true) == Json("recbole"));
  CHECK(message_of<ConfigError>([&] { values(R"({"width":0})"); }) ==
        "width: got 0, expected a whole number from 1 to 1073741824");
  CHECK(message_of<ConfigError>([&] { values(R"({"net":"x"})"); }) ==
        "net: got \"x\", expected one of mlp, linear, dot");
}
