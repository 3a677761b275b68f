#include "core/arena.h"

#include <cstdint>

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("an arena gives aligned memory, takes it back by scopes and keeps what was needed at most") {
  Arena arena;
  CHECK(arena.bytes() == 0);
  std::int32_t* first = nullptr;
  std::size_t bytes = 0;
  for (int call = 0; call < 3; ++call) {
    const Arena::Scope scope(arena);
    const auto small = arena.take<std::int32_t>(3);
    CHECK(small.size() == 3);
    for (const std::int64_t n : {1, 7, 100'000, 0}) {
      const auto part = arena.take<double>(n);
      CHECK(reinterpret_cast<std::uintptr_t>(part.data()) % 64 == 0);
      for (double& value : part) value = 1;
    }
    small[0] = small[2] = 5;
    std::byte* again = nullptr;
    for (int i = 0; i < 3; ++i) {
      const Arena::Scope inner(arena);
      const auto part = arena.take<std::byte>(1'000'000);
      if (i > 0) CHECK(part.data() == again);
      again = part.data();
      part.back() = std::byte{1};
    }
    CHECK(small[2] == 5);
    if (call == 2) {  // the second call has all in one chunk, and the third takes the same places
      CHECK(small.data() == first);
      CHECK(arena.bytes() == bytes);
    }
    first = small.data();
    bytes = arena.bytes();
  }
  CHECK(arena.bytes() == bytes);
  const std::int32_t values[] = {4, 2};
  const auto copy = arena.copy<std::int32_t>(values);
  CHECK(copy[0] == 4);
  CHECK(copy[1] == 2);
  CHECK_THROWS_AS(arena.take<std::byte>(std::int64_t{-1}), MemoryError);
}
