#include "core/vocabulary.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/temp_folder.h"

using namespace seqrec;

TEST_CASE("tokens get ids from 1, in order of addition") {
  Vocabulary vocabulary;
  CHECK(vocabulary.size() == 1);
  CHECK(vocabulary.token(0) == "[PAD]");
  CHECK(vocabulary.add("b") == 1);
  CHECK(vocabulary.add("a") == 2);
  CHECK(vocabulary.add("b") == 1);
  CHECK(vocabulary.size() == 3);
  CHECK(vocabulary.token(2) == "a");
  CHECK(vocabulary.find("a") == 2);
  CHECK(vocabulary.find("c") == std::nullopt);
}

TEST_CASE("a token [PAD] is one like any other") {
  Vocabulary vocabulary;
  CHECK(vocabulary.find("[PAD]") == std::nullopt);
  CHECK(vocabulary.add("[PAD]") == 1);
  CHECK(vocabulary.find("[PAD]") == 1);
  Vocabulary other;
  CHECK(other.add(other.token(0)) == 1);
  CHECK(other.token(1) == "[PAD]");
}

TEST_CASE("tokens are kept byte for byte") {
  Vocabulary vocabulary;
  const std::vector<std::string> tokens = {
      "",         "\x01",     "\x01\x01", "\xff\xfe", "a b", std::string(1000, 'x'), std::string(999, 'x'),
      "12345678", "123456780"};
  for (const std::string& token : tokens) vocabulary.add(token);
  CHECK(vocabulary.size() == 10);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    CHECK(vocabulary.token(static_cast<std::int32_t>(i) + 1) == tokens[i]);
    CHECK(vocabulary.find(tokens[i]) == static_cast<std::int32_t>(i) + 1);
  }
}

TEST_CASE("a token with a byte 0, which ends it in C, is refused") {
  Vocabulary vocabulary;
  CHECK_THROWS_WITH_AS(vocabulary.add(std::string_view("i\0", 2)), "the token 'i\\x00' holds a byte 0", DataError);
  CHECK(vocabulary.size() == 1);
  CHECK(vocabulary.find(std::string_view("i\0", 2)) == std::nullopt);
}

TEST_CASE("a token that lies in the vocabulary itself can be added") {
  Vocabulary vocabulary;
  vocabulary.add("a long token, longer than a short string is");
  for (int i = 0; i < 20; ++i) {
    const std::string_view last = vocabulary.token(vocabulary.size() - 1);
    const std::string expected(last.substr(1));
    const std::int32_t id = vocabulary.add(last.substr(1));
    CHECK(vocabulary.token(id) == expected);
  }
}

TEST_CASE("many tokens are all found") {
  Vocabulary vocabulary;
  for (int i = 0; i < 20'000; ++i) CHECK(vocabulary.add(std::to_string(i * 3)) == i + 1);
  for (int i = 0; i < 20'000; ++i) CHECK(vocabulary.find(std::to_string(i * 3)) == i + 1);
  CHECK(vocabulary.find("1") == std::nullopt);
}

TEST_CASE("tokens that collide under a hash without a secret cost what others do") {
  // Tokens of three words, the last of which makes a factor of wyhash's kind 0, so that what was before it is lost.
  const auto mix = [](std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  constexpr std::uint64_t kSecret = 0x9E3779B97F4A7C15, kOther = 0xE7037ED1A0B428DB;
  constexpr std::size_t kTokens = 20'000;
  std::vector<std::string> hostile, plain;
  for (std::uint64_t i = 0; hostile.size() < kTokens; ++i) {
    std::uint64_t words[3] = {0x0101010101010101 + i, 0x0101010101010101, 0};
    words[2] = mix(24 ^ kSecret, kOther);
    for (int w = 0; w < 2; ++w) words[2] = mix(words[2] ^ words[w], kSecret);
    const std::string token(reinterpret_cast<const char*>(words), 24);
    if (token.find('\0') != token.npos) continue;
    hostile.push_back(token);
    plain.push_back(token.substr(0, 16) + "the last");
  }
  const auto seconds = [](const std::vector<std::string>& tokens) {
    double best = 1e9;
    for (int again = 0; again < 3; ++again) {
      const auto start = std::chrono::steady_clock::now();
      Vocabulary vocabulary;
      for (const std::string& token : tokens) vocabulary.add(token);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  CHECK(seconds(hostile) < 20 * seconds(plain));
}

TEST_CASE("many tokens at once get the ids of one after the other; an empty one is missing") {
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back(i % 7 == 3 ? "" : std::to_string(i * 7919 % 1201));
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());
  for (const std::size_t count : {0, 1, 31, 32, 33, 3000}) {
    Vocabulary one_by_one, at_once;
    std::vector<std::int32_t> expected, ids(count);
    for (std::size_t i = 0; i < count; ++i) expected.push_back(texts[i].empty() ? 0 : one_by_one.add(texts[i]));
    at_once.add(std::span(tokens).first(count), ids);
    CHECK(ids == expected);
    CHECK(at_once.size() == one_by_one.size());
    at_once.add(std::span(tokens).first(count), ids);
    CHECK(ids == expected);
  }
}

TEST_CASE("many tokens at once: what can't be added is refused, and so are ids of another number") {
  Vocabulary vocabulary;
  std::vector<std::int32_t> ids(2);
  const std::vector<std::string_view> tokens = {"a", std::string_view("i\0", 2)};
  CHECK_THROWS_WITH_AS(vocabulary.add(tokens, ids), "the token 'i\\x00' holds a byte 0", DataError);
  CHECK(vocabulary.size() == 2);
  CHECK_THROWS_WITH_AS(vocabulary.add(std::span(tokens).first(1), ids), "[vocabulary] 2 ids for 1 tokens", UsageError);
}

TEST_CASE("ids out of range are refused") {
  const Vocabulary vocabulary;
  CHECK_THROWS_WITH_AS(vocabulary.token(1), "[vocabulary] id 1 is out of range: there are 1", UsageError);
  CHECK_THROWS_WITH_AS(vocabulary.token(-1), "[vocabulary] id -1 is out of range: there are 1", UsageError);
}

TEST_CASE("a vocabulary is saved and loaded") {
  const TempFolder folder;
  for (const int count : {0, 1, 7, 8, 9, 3000}) {
    Vocabulary vocabulary;
    for (int i = 0; i < count; ++i) vocabulary.add("token " + std::to_string(i) + "\xff");
    SafetensorsWriter writer;
    vocabulary.save(writer, "vocabulary.items");
    writer.write(folder / "v");
    Vocabulary loaded = Vocabulary::load(SafetensorsReader(folder / "v"), "vocabulary.items");
    REQUIRE(loaded.size() == count + 1);
    for (int id = 1; id <= count; ++id) {
      CHECK(loaded.token(id) == vocabulary.token(id));
      CHECK(loaded.find(vocabulary.token(id)) == id);
    }
    CHECK(loaded.find("[PAD]") == std::nullopt);
    CHECK(loaded.add("new") == count + 1);
  }
}

TEST_CASE("a malformed vocabulary is refused") {
  const TempFolder folder;
  const auto load = [&](const std::string& bytes, const std::vector<std::int64_t>& offsets) {
    SafetensorsWriter writer;
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    writer.add("v.bytes", Tensor::from(std::span(data, bytes.size()), {static_cast<std::int64_t>(bytes.size())}));
    writer.add("v.offsets", Tensor::from(offsets, {static_cast<std::int64_t>(offsets.size())}));
    writer.write(folder / "v");
    return Vocabulary::load(SafetensorsReader(folder / "v"), "v").size();
  };
  const std::string prefix = (folder / "v").native() + ": vocabulary \"v\": ";
  CHECK(load("[PAD]aab", {0, 5, 6, 8}) == 3);
  CHECK_THROWS_WITH_AS(load("", {}), (prefix + "expected 2 to 2147483648 offsets, got 0").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load("", {0}), (prefix + "expected 2 to 2147483648 offsets, got 1").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]", {1, 5}), (prefix + "the first offset must be 0, it is 1").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]", {-1, 5}), (prefix + "the first offset must be 0, it is -1").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]ab", {0, 5, 7, 6}), (prefix + "offset 3 falls from 7 to 6").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]ab", {0, 5, 9}), (prefix + "the last offset is 9 but there are 7 bytes").c_str(),
                       FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]ab", {0, 5, 6}), (prefix + "the last offset is 6 but there are 7 bytes").c_str(),
                       FormatError);
  CHECK_THROWS_WITH_AS(load("[pad]", {0, 5}), (prefix + "token 0 must be [PAD]").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(load(std::string("[PAD]ai\0b", 9), {0, 5, 6, 8, 9}), (prefix + "token 2 holds a byte 0").c_str(),
                       FormatError);
  CHECK_THROWS_WITH_AS(load("[PAD]aba", {0, 5, 6, 7, 8}), (prefix + "tokens 1 and 3 are the same: \"a\"").c_str(),
                       FormatError);

  SafetensorsWriter writer;
  writer.add("v.bytes", Tensor({5}, DType::I32));
  writer.write(folder / "w");
  const SafetensorsReader reader(folder / "w");
  CHECK_THROWS_WITH_AS(Vocabulary::load(reader, "v"),
                       ((folder / "w").native() + ": tensor \"v.bytes\": expected u8, got i32").c_str(), FormatError);
  CHECK_THROWS_WITH_AS(Vocabulary::load(reader, "w"),
                       ((folder / "w").native() + ": there is no tensor \"w.bytes\"").c_str(), FormatError);
}
