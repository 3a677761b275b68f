#include "core/error.h"

#include <vector>

#include <doctest/doctest.h>

#include "core/dtype.h"

using namespace seqrec;

TEST_CASE("concat writes its arguments one after the other") {
  CHECK(concat("a", 1, ' ', 2.5, DType::F32) == "a1 2.5f32");
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
