#include "core/block_cache.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("sizes are rounded up by at most an eighth, to multiples of the alignment") {
  const BlockCache cache(64);
  CHECK(cache.round_up(0) == 64);
  CHECK(cache.round_up(64) == 64);
  CHECK(cache.round_up(65) == 128);
  CHECK(cache.round_up(1 << 20) == 1 << 20);
  CHECK(cache.round_up((1 << 20) + 1) == (1 << 20) + (1 << 17));
  for (std::size_t bytes = 1; bytes < 100'000; bytes += 13) {
    const std::size_t rounded = cache.round_up(bytes);
    CHECK(rounded >= bytes);
    CHECK(rounded % 64 == 0);
    CHECK(rounded <= bytes + std::max<std::size_t>(63, bytes / 8 + 1));
    CHECK(cache.round_up(rounded) == rounded);
  }
}

TEST_CASE("the block put last is taken first, and the oldest of all classes given up first") {
  BlockCache cache(64);
  char a = 0, b = 0, c = 0;
  CHECK(cache.take(100) == nullptr);
  CHECK(!cache.take_oldest());
  cache.put(&a, 100);
  cache.put(&b, 1000);
  cache.put(&c, 128);  // of a's class
  CHECK(cache.bytes() == 128 + 1024 + 128);
  CHECK(cache.take(101) == &c);
  cache.put(&c, 101);
  const auto first = cache.take_oldest();
  REQUIRE(first);
  CHECK(first->data == &a);
  CHECK(first->bytes == 128);
  CHECK(cache.take_oldest()->data == &b);
  CHECK(cache.take_oldest()->data == &c);
  CHECK(cache.bytes() == 0);
}
