#include "core/disk_array.h"

#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

TEST_CASE("numbers that were written to the disk are read again, and no file is seen") {
  const TempFolder folder;
  std::vector<int> numbers(300'000);  // more than a buffer
  std::iota(numbers.begin(), numbers.end(), -5);
  DiskArray<int> array(folder.path());
  CHECK(array.read().empty());
  array.add(numbers);
  CHECK(files_in(folder.path()).empty());
  const SharedArray<int> before = array.read();
  CHECK(before == numbers);
  array.add(std::vector<int>{7});
  CHECK(array.size() == std::ssize(numbers) + 1);
  CHECK(array.read().back() == 7);
  CHECK(before.size() == numbers.size());
}

TEST_CASE("a folder that isn't there is told, and not needed by a small array") {
  const TempFolder folder;
  DiskArray<int> array(folder / "none");
  array.add(std::vector{1, 2});
  CHECK(array.read() == std::vector{1, 2});
  CHECK(message_of<IoError>([&] {
          array.add(std::vector<int>(300'000));
        }).starts_with("can't write " + (folder / "none").string()));
}
