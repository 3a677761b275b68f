#include "core/external_sort.h"

#include <algorithm>
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
      ExternalSort<Element, ByKey> sort(folder.path(), memory);
      for (const Element& element : elements) sort.add(element);
      CHECK((sort.runs() > 0) == (memory < 1 << 20));
      std::vector<Element> sorted;
      sort.each([&](const Element& element) { sorted.push_back(element); });
      CHECK(sorted == expected);
      CHECK(files_in(folder.path()).empty());
    }
  set_num_threads(before);
}

TEST_CASE("an external sort of nothing gives nothing, and one that has no folder is an error") {
  const TempFolder folder;
  ExternalSort<int> sort(folder.path(), 1000);
  sort.each([](int) { FAIL("there is nothing"); });
  CHECK(message_of<IoError>([&] {
          ExternalSort<int>(folder / "none", 1000);
        }).starts_with("can't write " + (folder / "none").string()));
}
