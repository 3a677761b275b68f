#include "core/spill.h"

#include <numeric>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/free_memory.h"
#include "tests/core/file_limit.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

TEST_CASE("what is large goes to the disk while a scope lives, and stays what it is after it") {
  const TempFolder folder;
  CHECK_FALSE(SpillScope::is_active());
  LargeVector<int> before(3'000'000, 1), during;
  {
    const SpillScope scope(folder.path(), 1 << 20);
    CHECK(SpillScope::is_active());
    CHECK(SpillScope::memory() == 1 << 20);
    for (int i = 0; i < 3'000'000; ++i) during.push_back(i);
    free_memory(before);
    CHECK(before.capacity() == 0);
    CHECK(files_in(folder.path()).empty());
  }
  CHECK_FALSE(SpillScope::is_active());
  CHECK(std::accumulate(during.begin(), during.end(), std::int64_t{0}) == std::int64_t{2'999'999} * 1'500'000);
  const LargeVector<int> moved = std::move(during);
  CHECK(moved.back() == 2'999'999);
}

TEST_CASE("a scope in a folder that isn't there is an error once something is large") {
  const TempFolder folder;
  const SpillScope scope(folder / "none", 1);
  CHECK(LargeVector<char>(10).size() == 10);
  CHECK(message_of<IoError>([] {
          LargeVector<char>(10'000'000);
        }).starts_with("can't write " + (folder / "none").string()));
  CHECK(message_of<UsageError>([&] { SpillScope(folder.path(), 1); }) ==
        "[spill] there is a scope already, in " + (folder / "none").string());
}

TEST_CASE("a disk that is full is told when memory is asked for, not when it is used") {
  const TempFolder folder;
  const SpillScope scope(folder.path(), 1);
  with_file_limit(1 << 20, [&] {
    CHECK(message_of<IoError>([] {
            LargeVector<char>(10'000'000);
          }).starts_with("can't write " + folder.path().string()));
  });
}
