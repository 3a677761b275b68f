#include "core/windows.h"

#include <numeric>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "core/batch.h"

using namespace seqrec;
using Ids = std::vector<std::int32_t>;

namespace {
Ids host(std::span<const std::int32_t> values) { return {values.begin(), values.end()}; }
}  // namespace

TEST_CASE("windows may overlap, repeat and be empty") {
  const Windows windows({0, 0, 3, 2, 5}, {2, 3, 3, 5, 5}, 5);
  CHECK(windows.size() == 5);
  CHECK(windows.values() == 5);
  CHECK(windows.entries() == 8);
  CHECK(host(windows.begin()) == Ids{0, 0, 3, 2, 5});
  CHECK(host(windows.end()) == Ids{2, 3, 3, 5, 5});
  CHECK(host(windows.offsets()) == Ids{0, 2, 5, 5, 8, 8});
  CHECK(windows.length(1) == 3);
  CHECK(windows.max_length() == 3);
  CHECK(host(windows.entry_values().host()) == Ids{0, 1, 0, 1, 2, 2, 3, 4});
  CHECK(host(windows.entry_windows().host()) == Ids{0, 0, 1, 1, 1, 3, 3, 3});
  CHECK(host(windows.value_offsets().host()) == Ids{0, 2, 4, 6, 7, 8});
  CHECK(host(windows.value_windows().host()) == Ids{0, 1, 0, 1, 1, 3, 3, 3});
  CHECK(host(windows.reach().host()) == Ids{3, 3, 5, 5, 5});
}

TEST_CASE("values that no window holds reach nothing") {
  CHECK(host(Windows({1, 4, 2}, {2, 5, 2}, 6).reach().host()) == Ids{0, 2, 2, 2, 5, 5});
  CHECK(Windows().reach().size() == 0);
}

TEST_CASE("windows by falling length, equal ones in order") {
  const Windows windows({0, 0, 3, 2, 5, 1}, {2, 3, 3, 5, 5, 3}, 5);
  CHECK(host(windows.by_length().host()) == Ids{1, 3, 0, 5, 2, 4});
  CHECK(&windows.by_length() == &Windows(windows).by_length());
  const Ids longer{4, 4, 2, 0, 0};
  for (std::int64_t length = 0; length < 5; ++length) CHECK(windows.longer_than(length) == longer[length]);
  CHECK(windows.longer_than(-1) == 6);
}

TEST_CASE("no windows, or none over values") {
  for (const Windows& windows : {Windows(), Windows::adjacent({0}), Windows({}, {}, 0)}) {
    CHECK(windows.size() == 0);
    CHECK(windows.entries() == 0);
    CHECK(windows.max_length() == 0);
    CHECK(host(windows.offsets()) == Ids{0});
    CHECK(windows.entry_values().size() == 0);
    CHECK(host(windows.value_offsets().host()) == Ids{0});
    CHECK(windows.value_windows().size() == 0);
    CHECK(windows.by_length().size() == 0);
    CHECK(windows.longer_than(0) == 0);
    CHECK(windows.begin_on(kCpu).shape() == Shape{0});
  }
  CHECK(Windows({}, {}, 7).values() == 7);
  CHECK(host(Windows({2, 3}, {2, 3}, 3).value_offsets().host()) == Ids{0, 0, 0, 0});
}

TEST_CASE("adjacent windows are a CSR") {
  const Windows windows = Windows::adjacent({0, 2, 2, 5});
  CHECK(host(windows.begin()) == Ids{0, 2, 2});
  CHECK(host(windows.end()) == Ids{2, 2, 5});
  CHECK(host(windows.offsets()) == Ids{0, 2, 2, 5});
  CHECK(windows.values() == 5);
  CHECK(host(windows.entry_values().host()) == Ids{0, 1, 2, 3, 4});
}

TEST_CASE("select takes windows by number, in any order, more than once") {
  const Windows chosen = Windows({0, 1, 3}, {1, 5, 5}, 6).select(Ids{2, 0, 2});
  CHECK(host(chosen.begin()) == Ids{3, 0, 3});
  CHECK(host(chosen.end()) == Ids{5, 1, 5});
  CHECK(chosen.values() == 6);
  CHECK_THROWS_WITH_AS(Windows({0, 1, 3}, {1, 5, 5}, 6).select(Ids{3}),
                       "[windows] expected the number of one of 3 windows, got 3", ShapeError);
  CHECK_THROWS_AS(Windows({0, 1, 3}, {1, 5, 5}, 6).select(Ids{-1}), ShapeError);
}

TEST_CASE("over_entries are the windows over what is by entry") {
  const Windows windows = Windows({0, 1, 3, 2}, {1, 5, 3, 4}, 6).over_entries();
  CHECK(host(windows.begin()) == Ids{0, 1, 5, 5});
  CHECK(host(windows.end()) == Ids{1, 5, 5, 7});
  CHECK(windows.values() == 7);
  CHECK(Windows({}, {}, 4).over_entries().values() == 0);
}

TEST_CASE("keep_last cuts each window to its end") {
  const Windows windows({0, 0, 3}, {1, 5, 5}, 6);
  const Windows kept = windows.keep_last(2);
  CHECK(host(kept.begin()) == Ids{0, 3, 3});
  CHECK(host(kept.end()) == Ids{1, 5, 5});
  CHECK(kept.values() == 6);
  CHECK(kept.max_length() == 2);
  CHECK(host(windows.keep_last(5).begin()) == Ids{0, 0, 3});
  CHECK(windows.keep_last(0).entries() == 0);
  CHECK(windows.keep_last(std::int64_t{1} << 40).entries() == 8);
}

TEST_CASE("windows on a device") {
  const Windows windows({0, 1}, {2, 4}, 4);
  CHECK(windows.begin_on(kCpu).to_vector<std::int32_t>() == Ids{0, 1});
  CHECK(windows.end_on(kCpu).to_vector<std::int32_t>() == Ids{2, 4});
  CHECK(windows.offsets_on(kCpu).to_vector<std::int32_t>() == Ids{0, 2, 5});
}

TEST_CASE("what is computed of the entries is shared by copies") {
  const Windows windows({0}, {2}, 2);
  const Windows copy = windows;
  CHECK(&windows.entry_values() == &copy.entry_values());
  CHECK(&windows.entry_windows() == &copy.entry_windows());
  CHECK(&windows.value_windows() == &copy.value_windows());
}

TEST_CASE("threads that ask for the same windows first get the same") {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::int32_t> begin(200, 0), end(200);
    std::iota(end.begin(), end.end(), 1);
    const Windows windows(std::move(begin), std::move(end), 200);
    std::vector<std::thread> threads;
    std::vector<std::int64_t> found(4);
    for (std::int64_t& sum : found)
      threads.emplace_back([&] {
        sum = windows.entry_values()[7] + windows.entry_windows()[7] + windows.value_windows()[7] +
              windows.value_offsets()[7] + static_cast<std::int64_t>(windows.entry_values().groups().ids.size());
      });
    for (std::thread& thread : threads) thread.join();
    for (const std::int64_t sum : found) CHECK(sum == 1 + 3 + 7 + (200 + 199 + 198 + 197 + 196 + 195 + 194) + 200);
  }
}

TEST_CASE("entries have the ids of their values") {
  const Index ids({7, 8, 9});
  const Windows adjacent = Windows::adjacent({0, 2, 2, 3});
  CHECK(adjacent.is_adjacent());
  CHECK(adjacent.entry_ids(ids).host().data() == ids.host().data());
  for (const Windows& windows :
       {Windows({0, 1}, {2, 3}, 3), Windows({1, 0}, {3, 1}, 3), Windows({0}, {2}, 3), Windows({0, 0}, {2, 1}, 3)}) {
    CHECK_FALSE(windows.is_adjacent());
    const Index found = windows.entry_ids(ids);
    REQUIRE(found.size() == windows.entries());
    for (std::int64_t e = 0; e < found.size(); ++e) CHECK(found[e] == ids[windows.entry_values()[e]]);
  }
  CHECK(Windows().is_adjacent());
}

TEST_CASE("windows outside of their values are refused") {
  CHECK_THROWS_WITH_AS(Windows({0, 1}, {1, 4}, 3), "[windows] window 1 is not within the 3 values: [1, 4)", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({-1}, {1}, 3), "[windows] window 0 is not within the 3 values: [-1, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({2}, {1}, 3), "[windows] window 0 is not within the 3 values: [2, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({0, 1}, {1}, 3), "[windows] 2 begins but 1 ends", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({}, {}, -1), "[windows] the number of values must not be negative: got -1", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({0, 0, 0}, {2000000000, 2000000000, 1}, 2000000000),
                       "[windows] too many entries: 4000000000", ShapeError);
  CHECK_THROWS_WITH_AS(Windows::adjacent({}), "[windows] offsets must begin with 0 and never fall", ShapeError);
  CHECK_THROWS_WITH_AS(Windows::adjacent({1, 2}), "[windows] offsets must begin with 0 and never fall", ShapeError);
  CHECK_THROWS_WITH_AS(Windows::adjacent({0, 2, 1}), "[windows] offsets must begin with 0 and never fall", ShapeError);
  CHECK_THROWS_WITH_AS(Windows({0}, {1}, 1).keep_last(-1), "[windows] keep_last needs a length of at least 0: got -1",
                       ShapeError);
}

TEST_CASE("a batch counts its rows and negatives") {
  Batch batch;
  CHECK(batch.rows() == 0);
  CHECK(batch.negatives_per_row() == 0);
  batch.windows = Windows({0, 0}, {1, 2}, 2);
  batch.negatives = Index({1, 2, 3, 4, 5, 6});
  CHECK(batch.rows() == 2);
  CHECK(batch.negatives_per_row() == 3);
}

TEST_CASE("runs are neighbouring windows that begin together") {
  // Windows 4 and 5 slide into the first run, window 3 is empty, and 6 begins a part of its own.
  const Windows windows({0, 0, 0, 3, 2, 3, 9}, {1, 4, 3, 3, 4, 6, 11}, 20);
  const WindowRuns& runs = windows.runs();
  Ids all;
  for (const WindowRun& run : runs.all()) all.insert(all.end(), {run.first, run.last, run.begin, run.end});
  CHECK(all == Ids{0, 3, 0, 4, 4, 5, 2, 4, 5, 6, 3, 6, 6, 7, 9, 11});
  CHECK(runs.parts() == Ids{0, 3, 4});
  CHECK(runs.longest() == 4);
  CHECK(runs.largest() == 3);
  CHECK(runs.windows() == 6);
  const DeviceWindowRuns there = windows.runs_on(kCpu);
  CHECK(there.runs.to_vector<std::int32_t>() == all);
  CHECK(there.runs.shape() == Shape{4, 4});
  CHECK(there.tiles.to_vector<std::int32_t>() == Ids{0, 3, 3, 4, 4, 4});
  CHECK(windows.runs_on(kCpu).tiles.raw() == there.tiles.raw());
  CHECK(&windows.runs() == &runs);

  // A tile's runs may hold one that ends before it.
  CHECK(Windows({0, 1, 16}, {20, 2, 17}, 20).runs_on(kCpu).tiles.to_vector<std::int32_t>() == Ids{0, 2, 0, 2, 0, 3});
  // Those that begin together are not neighbours where an empty one stands between them.
  CHECK(Windows({0, 0, 0}, {1, 0, 2}, 2).runs().all().size() == 2);
}

TEST_CASE("no window has no run") {
  for (const Windows& windows : {Windows(), Windows({1, 2}, {1, 2}, 9)}) {
    CHECK(windows.runs().all().empty());
    CHECK(windows.runs().parts() == Ids{0});
    CHECK(windows.runs().windows() == 0);
    const DeviceWindowRuns there = windows.runs_on(kCpu);
    CHECK(there.runs.shape() == Shape{0, 4});
    CHECK(there.tiles.shape() == Shape{windows.values() > 0 ? 2 : 0, 2});
  }
}
