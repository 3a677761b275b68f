#include "core/ragged.h"

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("a ragged row is the ids that its window holds, which rows may share") {
  const Ragged lists{Windows({0, 2, 1}, {2, 2, 4}, 4), Index({7, 5, 6, 5})};
  CHECK(lists[0].size() == 2);
  CHECK(lists[0][1] == 5);
  CHECK(lists[1].empty());
  CHECK(lists[2].size() == 3);
  CHECK(lists[2][2] == 5);
  CHECK_FALSE(lists.empty());
  CHECK(Ragged{}.empty());
}
