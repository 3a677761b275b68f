#include "core/index.h"

#include <map>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "core/cpu_memory.h"
#include "core/random.h"

using namespace seqrec;
using Ids = std::vector<std::int32_t>;

namespace {

/// What Groups must hold, by an ordered map.
void check_groups(const Index& index) {
  std::map<std::int32_t, Ids> places;
  for (std::int64_t i = 0; i < index.size(); ++i) places[index[i]].push_back(static_cast<std::int32_t>(i));
  const Groups& groups = index.groups();
  REQUIRE(groups.ids.size() == places.size());
  REQUIRE(groups.offsets.size() == places.size() + 1);
  REQUIRE(groups.offsets.front() == 0);
  REQUIRE(groups.order.size() == static_cast<std::size_t>(index.size()));
  std::size_t g = 0;
  for (const auto& [id, expected] : places) {
    CHECK(groups.ids[g] == id);
    CHECK(Ids(groups.order.begin() + groups.offsets[g], groups.order.begin() + groups.offsets[g + 1]) == expected);
    for (const std::int32_t place : expected) CHECK(groups.group_of[place] == static_cast<int>(g));
    ++g;
  }
}

}  // namespace

TEST_CASE("an index holds its ids and their bound") {
  const Index index({4, 0, 4, 2});
  CHECK(index.size() == 4);
  CHECK(index[2] == 4);
  CHECK(index.bound() == 5);
  CHECK(Ids(index.host().begin(), index.host().end()) == Ids{4, 0, 4, 2});
  CHECK(Index().size() == 0);
  CHECK(Index().bound() == 0);
  CHECK(Index({2147483647}).bound() == 2147483648);
}

TEST_CASE("a range counts") {
  for (const std::int64_t n : {0, 1, 5}) {
    const Index range = Index::range(n);
    CHECK(range.size() == n);
    CHECK(range.bound() == n);
    for (std::int64_t i = 0; i < n; ++i) CHECK(range[i] == i);
  }
  CHECK_THROWS_WITH_AS(Index::range(-1), "[index] no range of -1 ids", ShapeError);
  CHECK_THROWS_WITH_AS(Index::range(std::int64_t{1} << 31), "[index] no range of 2147483648 ids", ShapeError);
}

TEST_CASE("groups as tensors, made once") {
  for (const Index& index : {Index(), Index({3}), Index({5, 1, 5, 0, 1, 5})}) {
    const DeviceGroups groups = index.groups_on(kCpu);
    CHECK(groups.ids.to_vector<std::int32_t>() == index.groups().ids);
    CHECK(groups.offsets.to_vector<std::int32_t>() == index.groups().offsets);
    CHECK(groups.order.to_vector<std::int32_t>() == index.groups().order);
    CHECK(index.groups_on(kCpu).order.shares_storage(groups.order));
  }
}

TEST_CASE("the different ids outlive what they are of") {
  Index distinct;
  {
    const Index index({5, 1, 5, 0, 1, 5});
    distinct = index.distinct();
  }
  CHECK(Ids(distinct.host().begin(), distinct.host().end()) == Ids{0, 1, 5});
  CHECK(distinct.bound() == 6);
  CHECK(distinct.on(kCpu).to_vector<std::int32_t>() == Ids{0, 1, 5});
  CHECK(distinct.groups().order == Ids{0, 1, 2});
  CHECK(Index().distinct().size() == 0);
}

TEST_CASE("each segment of a device's groups knows where it begins") {
  Ids ids;
  for (std::int32_t i = 0; i < 30; ++i) ids.push_back(i < 18 ? i % 2 : i);
  const Index index(std::move(ids));  // 9 zeros, 9 ones, 12 others
  CHECK(index.groups_on(kCpu).starts.to_vector<std::int32_t>() == Ids{0, 0, 1, 8});
  CHECK(Index().groups_on(kCpu).starts.shape() == Shape{0});
}

TEST_CASE("groups collect equal ids") {
  check_groups(Index());
  check_groups(Index(Ids{}));
  check_groups(Index({3}));
  check_groups(Index({5, 1, 5, 0, 1, 5}));
  check_groups(Index({2147483647, 0, 2147483647}));
  Random random(random_stream(1, Purpose::Test));
  for (const std::uint32_t bound : {3u, 100u, 100'000'000u}) {
    Ids ids(500);
    for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random.below(bound));
    check_groups(Index(std::move(ids)));
  }
}

TEST_CASE("groups are computed once, for all copies") {
  const Index index({1, 1});
  const Index copy = index;
  CHECK(&index.groups() == &copy.groups());
}

TEST_CASE("the CPU's tensor views the ids and outlives the index") {
  Ids ids = {3, 1, 2};
  const std::int32_t* data = ids.data();
  Tensor tensor;
  {
    const Index index(std::move(ids));
    CHECK(index.host().data() == data);
    tensor = index.on(kCpu);
  }
  CHECK(tensor.data<std::int32_t>() == data);
  CHECK(tensor.shape() == Shape{3});
  CHECK(tensor.to_vector<std::int32_t>() == Ids{3, 1, 2});
  CHECK(Index().on(kCpu).shape() == Shape{0});
}

TEST_CASE("a device's copy is made once") {
  const Device device{Device::Kind::Cuda, 13};
  set_memory(device, std::make_unique<CpuMemory>());
  const Index index({3, 1});
  const Tensor first = index.on(device);
  CHECK(first.device() == device);
  CHECK(first.to_vector<std::int32_t>() == Ids{3, 1});
  CHECK(index.on(device).shares_storage(first));
}

TEST_CASE("threads share an index, the empty one too") {
  const Device devices[] = {{Device::Kind::Cuda, 5}, {Device::Kind::Cuda, 6}};
  for (const Device device : devices) set_memory(device, std::make_unique<CpuMemory>());
  for (int round = 0; round < 20; ++round) {
    for (const Index& index : {Index(), Index({5, 1, 5, 0, 1, 5})}) {
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, device = devices[i % 2]] {
          index.on(device);
          index.groups_on(device);
        });
      for (std::thread& thread : threads) thread.join();
      check_groups(index);
      for (const Device device : devices) {
        CHECK(index.on(device).shares_storage(index.on(device)));
        CHECK(index.groups_on(device).order.to_vector<std::int32_t>() == index.groups().order);
      }
    }
  }
}

TEST_CASE("negative ids are refused") {
  CHECK_THROWS_WITH_AS(Index({1, 2, -3, -5}), "[index] ids must not be negative: got -3 at 2", ShapeError);
}
