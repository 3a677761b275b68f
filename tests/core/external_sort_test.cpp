#include "core/external_sort.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

namespace {

struct Element {
  std::int32_t key, number;
  friend bool operator==(const Element&, const Element&) = default;
};
struct ByKey {
  bool operator()(const Element& a, const Element& b) const { return a.key < b.key; }
};

}  // namespace

TEST_CASE("an external sort is a stable sort, whatever the memory and the threads") {
  const TempFolder folder;
  Random random({3, 4}, 0);
  std::vector<Element> elements;
  for (std::int32_t i = 0; i < 50'000; ++i) elements.push_back({static_cast<std::int32_t>(random.below(1000)), i});
  std::vector<Element> expected = elements;
  std::ranges::stable_sort(expected, ByKey());
  const int before = num_threads();
  for (const int threads : {1, 2, 3})
    for (const std::int64_t memory : {std::int64_t{0}, std::int64_t{100'000}, std::int64_t{1} << 30}) {
      set_num_threads(threads);
      ExternalSort<Element, ByKey> sort(folder.path(), memory, elements.size());
      for (const Element& element : elements) sort.add(element);
      CHECK((sort.runs() > 0) == (memory < 1 << 20));
      std::vector<Element> sorted;
      sort.each([&](const Element& element) { sorted.push_back(element); });
      CHECK(sorted == expected);
      CHECK(files_in(folder.path()).empty());
    }
  set_num_threads(before);
}

TEST_CASE("an external sort reserves no more than its elements need, however much it may") {
  const TempFolder folder;
  ExternalSort<int> sort(folder.path(), std::numeric_limits<std::int64_t>::max(), 3);
  for (const int value : {3, 1, 2}) sort.add(value);
  CHECK(sort.runs() == 0);
  std::vector<int> sorted;
  sort.each([&](int value) { sorted.push_back(value); });
  CHECK(sorted == std::vector{1, 2, 3});
}

TEST_CASE("an external sort of more elements than were foreseen writes runs") {
  const TempFolder folder;
  ExternalSort<int> sort(folder.path(), 1 << 30, 1);
  for (int i = 10'000; i > 0; --i) sort.add(i);
  CHECK(sort.runs() > 0);
  int last = 0;
  sort.each([&](int value) { CHECK(value == std::exchange(last, value) + 1); });
  CHECK(last == 10'000);
}

TEST_CASE("an external sort of nothing gives nothing, and one that has no folder is an error") {
  const TempFolder folder;
  ExternalSort<int> sort(folder.path(), 1000, 0);
  sort.each([](int) { FAIL("there is nothing"); });
  CHECK(message_of<IoError>([&] {
          ExternalSort<int> sort(folder / "none", 1000, 0);
          for (int i = 0; i < 300'000; ++i) sort.add(i);  // more than what needs no file
        }).starts_with("can't write " + (folder / "none").string()));
}
