#include "data/row_list.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "core/random.h"

using namespace seqrec;
using namespace seqrec::data;

TEST_CASE("a list of rows gives back each row, in order and by number, however they follow each other") {
  Random random({1, 2}, 0);
  std::vector<Row> rows;
  for (std::int32_t history = 0; history < 300; ++history) {
    const auto length = static_cast<std::int32_t>(random.below(history % 50 == 0 ? 400 : 4));
    for (std::int32_t position = 1; position <= length; ++position)
      if (random.below(10) > 0) rows.push_back({history, position, static_cast<std::int32_t>(random.below(20) == 0)});
  }
  const RowList list(rows);
  REQUIRE(list.size() == rows.size());
  CHECK(list == RowList(rows));
  CHECK(std::ranges::equal(list, rows));
  CHECK(list.back() == rows.back());
  bool all = true;
  for (std::size_t i = 0; i < rows.size(); ++i) all = all && list[i] == rows[i];
  CHECK(all);
  for (const auto& [begin, end] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {0, 1}, {63, 130}, {64, 64}, {200, rows.size()}})
    CHECK(list.slice(begin, end) == std::vector<Row>(rows.begin() + begin, rows.begin() + end));
  CHECK_FALSE(list == RowList(list.slice(1, list.size())));
}

TEST_CASE("an empty list has no rows") {
  const RowList list;
  CHECK(list.empty());
  CHECK(list.begin() == list.end());
  CHECK(list.slice(0, 0).empty());
  CHECK(list == std::vector<Row>{});
}

TEST_CASE("numbers are all of a list, or some") {
  const RowNumbers all(3), some(std::vector<std::int32_t>{1, 4});
  CHECK(all.size() == 3);
  CHECK(all[2] == 2);
  CHECK(some.size() == 2);
  CHECK(some[1] == 4);
}
