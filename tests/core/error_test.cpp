#include "core/error.h"

#include <cstdint>
#include <new>
#include <sstream>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/dtype.h"
#include "tests/failing_memory.h"
#include "tests/grouping_locale.h"

using namespace seqrec;

TEST_CASE("concat writes its arguments one after the other") {
  CHECK(concat("a", 1, ' ', 2.5, DType::F32) == "a1 2.5f32");
}

TEST_CASE("concat writes the same in every locale") {
  const GroupingLocale locale;
  std::ostringstream theirs;
  theirs << 1840 << ' ' << 2.5;
  REQUIRE(theirs.str() == "1'8'4'0 2;5");
  CHECK(concat(1840, ' ', 2.5, ' ', std::int64_t{-123456}) == "1840 2.5 -123456");
}

TEST_CASE("concat writes each kind of number as C does") {
  CHECK(concat(true, false, ' ', std::int8_t{-5}, ' ', std::uint8_t{65}, ' ', ~std::uint64_t{0}) ==
        "10 -5 65 18446744073709551615");
  CHECK(concat(1e-7, ' ', -0.0, ' ', 1.0f / 3, ' ', 1e300 * 1e300, ' ', 123456789.0) ==
        "1e-07 -0 0.333333 inf 1.23457e+08");
  CHECK(concat() == "");
}

TEST_CASE("a real number has a point, whatever mark the C locale sets") {
  const auto read = [](std::string_view printed) {
    std::string out;
    detail::append_printed(out, printed);
    return out;
  };
  CHECK(read("-2,5e-07") == "-2.5e-07");
  CHECK(read("1\xD9\xAB"
             "25") == "1.25");
  CHECK(read("nan") == "nan");
}

TEST_CASE("concat gives the whole text or throws") {
  const std::string part(333, 'x');
  std::string text;
  const long failed = fail_each_allocation(
      Failing::Once,
      [&] {
        text.clear();
        try {
          text = concat(part, 12, part, ' ', 0.5);
        } catch (const std::bad_alloc&) {
        }
      },
      [&](long) { CHECK(text.empty()); });
  CHECK(failed >= 1);
  CHECK(text == part + "12" + part + " 0.5");
}

TEST_CASE("an error shows nothing but characters, and of a long text its begin and end") {
  CHECK(std::string(Error("two\nlines, \xC3\xA9").what()) == "two\nlines, \xC3\xA9");
  CHECK(std::string(Error(std::string("a\0b\x1b[1m\xff", 8)).what()) == "a\\x00b\\x1b[1m\\xff");
  const std::string text = ConfigError("key: got " + std::string(8'000'000, 'x') + ", expected a number").what();
  CHECK(text.size() < 850);
  CHECK(text.starts_with("key: got xxx"));
  CHECK(text.ends_with("xxx, expected a number"));
  CHECK(text.find("xxx...[8000028 bytes]...xxx") != std::string::npos);
}

TEST_CASE("require throws the type asked for, with its text") {
  CHECK_NOTHROW(require<DataError>(true, "not seen"));
  CHECK_THROWS_WITH_AS(require<DataError>(false, "line ", 3), "line 3", DataError);
  CHECK_THROWS_AS(require(false, "any"), Error);
}

TEST_CASE("dtypes have sizes and names") {
  const std::vector<std::pair<std::size_t, std::string>> expected = {{4, "f32"}, {8, "f64"}, {4, "i32"},
                                                                     {8, "i64"}, {1, "u8"},  {1, "bool"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto dtype = static_cast<DType>(i);
    CHECK(size_of(dtype) == expected[i].first);
    CHECK(name_of(dtype) == expected[i].second);
    CHECK(visit_any(dtype, [](auto type) { return sizeof(type); }) == expected[i].first);
    CHECK(visit_any(dtype, [](auto type) { return dtype_of<decltype(type)>; }) == dtype);
    CHECK(is_float(dtype) == (i < 2));
  }
}

TEST_CASE("visit_float takes floating dtypes only") {
  CHECK(visit_float(DType::F64, "op", [](auto type) { return sizeof(type); }) == 8);
  CHECK_THROWS_WITH_AS(visit_float(DType::I32, "softmax", [](auto) {}), "[softmax] expected f32 or f64, got i32",
                       ShapeError);
}
