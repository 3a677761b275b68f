#include "core/metadata.h"

#include <doctest/doctest.h>

#include "core/cpu_memory.h"
#include "core/ragged.h"
#include "core/upload.h"

using namespace seqrec;
using Ids = std::vector<std::int32_t>;

namespace {

/// A device that counts what comes from the host.
class CountingMemory : public Memory {
 public:
  void* allocate(std::size_t bytes) override { return memory_.allocate(bytes); }
  void release(void* data, std::size_t bytes) noexcept override { memory_.release(data, bytes); }
  void zero(void* device, std::size_t bytes) override { memory_.zero(device, bytes); }
  void copy_from_host(void* device, const void* host, std::size_t bytes) override {
    ++copies;
    memory_.copy_from_host(device, host, bytes);
  }
  void copy_to_host(void* host, const void* device, std::size_t bytes) override {
    memory_.copy_to_host(host, device, bytes);
  }
  MemoryStats stats() const override { return memory_.stats(); }
  void trim() override { memory_.trim(); }
  static inline int copies = 0;

 private:
  CpuMemory memory_;
};

Device counting_device() {
  static const Device device = [] {
    const Device made{Device::Kind::Cuda, 8};
    set_memory(made, std::make_unique<CountingMemory>());
    return made;
  }();
  return device;
}

/// What a step computes with.
struct Input {
  Index items{{5, 1, 5}};
  Windows windows{{0, 1}, {2, 3}, 3};
  Numbers labels{{0.5, 1.0}};
  std::vector<Ragged> lists{{Windows::adjacent({0, 1, 3}), Index({7, 8, 9})}};

  template <class F>
  void for_each(F f) const {
    f(items), f(windows), f(labels), f(lists);
  }
};

Metadata metadata_of(const Input& input) {
  Metadata metadata;
  metadata.add(input);
  return metadata;
}

/// Asks for some of it, here and there.
void use(const Input& input, Device device) {
  CHECK(input.items.on(device).to_vector<std::int32_t>() == Ids{5, 1, 5});
  CHECK(input.items.groups_on(device).order.to_vector<std::int32_t>() == Ids{1, 0, 2});
  CHECK(input.items.distinct().on(device).to_vector<std::int32_t>() == Ids{1, 5});
  CHECK(input.windows.value_windows().on(device).to_vector<std::int32_t>() == Ids{0, 0, 1, 1});
  CHECK(input.windows.entry_values().groups_on(device).ids.to_vector<std::int32_t>() == Ids{0, 1, 2});
  CHECK(input.windows.over_entries().end_on(device).to_vector<std::int32_t>() == Ids{2, 4});
  CHECK(input.windows.runs_on(device).runs.to_vector<std::int32_t>() == Ids{0, 1, 0, 2, 1, 2, 1, 3});
  CHECK(input.labels.on(DType::F64, device).to_vector<double>() == std::vector<double>{0.5, 1});
  CHECK(input.labels.on(DType::F32, device).to_vector<float>() == std::vector<float>{0.5F, 1});
  CHECK(input.lists[0].rows.begin_on(device).to_vector<std::int32_t>() == Ids{0, 1});
}

}  // namespace

TEST_CASE("arrays go to a device as one copy, each where a block might begin") {
  const Ids a{1, 2, 3}, b{4};
  const std::vector<double> c{0.5};
  Tensor joined, alone;
  Upload upload(counting_device());
  upload.add<std::int32_t>({a, b}, [&](const Tensor& there) { joined = there; });
  upload.add<std::int32_t>({a}, [&](const Tensor&) { FAIL("it is there already"); });
  upload.add<double>({c}, [&](const Tensor& there) { alone = there; });
  Tensor nothing;
  upload.add<std::int32_t>({Ids()}, [&](const Tensor& there) { nothing = there; });
  const int before = CountingMemory::copies;
  upload.send();
  CHECK(CountingMemory::copies == before + 1);
  CHECK(joined.to_vector<std::int32_t>() == Ids{1, 2, 3, 4});
  CHECK(alone.to_vector<double>() == c);
  CHECK(alone.shares_storage(joined));
  CHECK(reinterpret_cast<std::uintptr_t>(alone.raw()) % 64 == 0);
  CHECK(nothing.shape() == Shape{0});
  upload.send();
  CHECK(CountingMemory::copies == before + 1);
}

TEST_CASE("what one step asked of its metadata the next one finds, sent as one copy") {
  const Device device = counting_device();
  const Input first, second, third;
  MetadataUses uses;
  uses.make({metadata_of(first)}, device);
  const int before = CountingMemory::copies;
  use(first, device);
  CHECK(CountingMemory::copies == before + 9);  // distinct ids are those of the groups
  uses.learn(metadata_of(first));
  uses.make({metadata_of(second), metadata_of(third)}, device);
  CHECK(CountingMemory::copies == before + 10);
  use(second, device);
  use(third, device);
  CHECK(CountingMemory::copies == before + 10);
  uses.make({metadata_of(second)}, device);
  CHECK(CountingMemory::copies == before + 10);
}

TEST_CASE("on the CPU lists and groups are made ahead, too") {
  const Input first, second;
  first.items.groups();
  first.windows.by_length();
  MetadataUses uses;
  uses.learn(metadata_of(first));
  CHECK(second.items.uses() == 0);
  uses.make({metadata_of(second)}, kCpu);
  CHECK(second.items.uses() == Index::kGrouped);
  CHECK(second.windows.uses() == first.windows.uses());
}

TEST_CASE("numbers are f32 or f64") {
  const Numbers numbers({0.1, -2});
  CHECK(numbers.size() == 2);
  CHECK(numbers.on(DType::F32, kCpu).to_vector<float>() == std::vector<float>{0.1F, -2});
  CHECK(numbers.on(DType::F32, kCpu).shares_storage(numbers.on(DType::F32, kCpu)));
  CHECK(Numbers().on(DType::F64, kCpu).shape() == Shape{0});
  CHECK_THROWS_WITH_AS(numbers.on(DType::I32, kCpu), "[numbers] are f32 or f64, not i32", ShapeError);
}
