#include "core/block_cache.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "core/random.h"

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

TEST_CASE("a larger block serves where none of the class is idle, up to twice as large") {
  BlockCache cache(64);
  char a = 0, b = 0, c = 0;
  cache.put(&a, 2048);
  cache.put(&b, 1280);
  cache.put(&c, 1024);
  CHECK(cache.take_fitting(1024)->data == &c);
  const auto larger = cache.take_fitting(1024);
  REQUIRE(larger);
  CHECK(larger->data == &b);
  CHECK(larger->bytes == 1280);
  CHECK(!cache.take_fitting(960));  // of which 2048 is more than twice
  CHECK(cache.take_fitting(1025)->data == &a);
  CHECK(!cache.take_fitting(1));
  CHECK(cache.bytes() == 0);
}

TEST_CASE("steps whose sizes differ by a fifth find their blocks idle") {
  BlockCache cache(512);
  Random random(random_stream(1, Purpose::Test));
  std::vector<double> sizes;
  for (int i = 0; i < 60; ++i) sizes.push_back(1e4 * std::pow(5e3, random.uniform()));
  std::size_t in_use = 0, peak = 0;
  int made = 0;
  for (int step = 0; step < 300; ++step) {
    const double share = 0.8 + 0.4 * random.uniform();
    std::vector<BlockCache::Block> held;
    for (const double size : sizes) {
      const std::size_t bytes = cache.round_up(static_cast<std::size_t>(share * size));
      auto block = cache.take_fitting(bytes);
      if (!block) {
        while (cache.bytes() > peak) cache.take_oldest();  // as a device's memory does it
        block = {&made, bytes};
        if (step >= 100) ++made;
      }
      held.push_back(*block);
      in_use += block->bytes;
      peak = std::max(peak, in_use);
    }
    for (const BlockCache::Block& block : held) cache.put(block.data, block.bytes), in_use -= block.bytes;
  }
  CHECK(made <= 5);
}
