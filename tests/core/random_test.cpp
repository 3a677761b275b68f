#include "core/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

using namespace seqrec;

TEST_CASE("Philox4x32-10 gives the published numbers") {
  using Four = std::array<std::uint32_t, 4>;
  // The known answers of Random123 (Salmon et al.).
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is addressed by seed, stream and offset") {
  const RandomStream stream{7, 9};
  std::vector<std::uint32_t> first;
  for (std::uint64_t i = 0; i < 9; ++i) first.push_back(stream.at(i));
  CHECK(first[5] == RandomStream{7, 9}.at(5));
  CHECK(first[5] != RandomStream{8, 9}.at(5));
  CHECK(first[5] != RandomStream{7, 10}.at(5));
  CHECK(stream.at(std::uint64_t{1} << 40) != stream.at(0));
  for (std::size_t offset = 0; offset < first.size(); ++offset) {
    Random random(stream, offset);
    for (std::size_t i = offset; i < first.size(); ++i) CHECK(random.bits() == first[i]);
  }
  CHECK(Random(stream, 2).after(5).bits() == first[7]);
}

TEST_CASE("purposes don't share streams") {
  CHECK(random_stream(1, Purpose::Dropout).stream != random_stream(1, Purpose::Mask).stream);
  CHECK(random_stream(1, Purpose::Dropout, 1).stream != random_stream(1, Purpose::Dropout, 2).stream);
  CHECK(random_stream(1, Purpose::Dropout, 3).seed == 1);
}

TEST_CASE("a name has a seed of its own, the same for ever") {
  static_assert(named_seed(2024, "item_embedding.weight") == 0x2be45c16f8f5a920);
  CHECK(named_seed(0, "") == 0x1aa722e14ab98097);
  CHECK(named_seed(1, "a") == 0x8122cb4ac3dc8b03);
  CHECK(named_seed(2, "a") != named_seed(1, "a"));
  CHECK(named_seed(1, "b") != named_seed(1, "a"));
}

TEST_CASE("to_uniform is in [0, 1)") {
  CHECK(to_uniform(0) == 0.0f);
  CHECK(to_uniform(0xFFFFFFFF) < 1.0f);
  CHECK(to_uniform(0x80000000) == 0.5f);
}

TEST_CASE("below is uniform, bounded and complete") {
  Random random(random_stream(3, Purpose::Test));
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);  // five standard deviations
  CHECK(random.below(1) == 0);
  for (int i = 0; i < 100; ++i) CHECK(random.below(0x80000001) < 0x80000001);
  CHECK_THROWS_WITH_AS(random.below(0), "[random] below(n) needs n >= 1", UsageError);
}

TEST_CASE("uniform and normal have their moments") {
  Random random(random_stream(4, Purpose::Test));
  constexpr int kCount = 100'000;
  double sum = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.uniform();
    CHECK_UNARY(u >= 0 && u < 1);
    sum += u;
    const double z = random.normal();
    normal_sum += z;
    normal_squares += z * z;
  }
  CHECK(std::abs(sum / kCount - 0.5) < 0.005);
  CHECK(std::abs(normal_sum / kCount) < 0.015);
  CHECK(std::abs(normal_squares / kCount - 1) < 0.025);
}

TEST_CASE("a normal number takes four words of the stream") {
  Random one(random_stream(5, Purpose::Test)), other(random_stream(5, Purpose::Test), 4);
  one.normal();
  CHECK(one.bits() == other.bits());
}

TEST_CASE("shuffle permutes, the same for the same seed") {
  std::vector<int> items(100), again;
  std::iota(items.begin(), items.end(), 0);
  again = items;
  const std::vector<int> sorted = items;
  Random(random_stream(6, Purpose::Shuffle)).shuffle(items);
  Random(random_stream(6, Purpose::Shuffle)).shuffle(again);
  CHECK(items == again);
  CHECK(items != sorted);
  CHECK(std::is_permutation(items.begin(), items.end(), sorted.begin()));
  std::vector<int> none;
  Random(random_stream(6, Purpose::Shuffle)).shuffle(none);
  CHECK(none.empty());
}
