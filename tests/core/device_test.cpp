#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/cpu_memory.h"
#include "core/error.h"

using namespace seqrec;

TEST_CASE("devices have names") {
  CHECK(concat(kCpu) == "cpu");
  CHECK(concat(Device{Device::Kind::Cuda, 1}) == "cuda:1");
}

TEST_CASE("devices are read by their names") {
  CHECK(parse_device("cpu") == kCpu);
  CHECK(parse_device("cuda") == Device{Device::Kind::Cuda, 0});
  CHECK(parse_device("cuda:12") == Device{Device::Kind::Cuda, 12});
  for (const char* wrong : {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999", "cpu:0"}) {
    CHECK_THROWS_WITH_AS(parse_device(wrong),
                         concat("unknown device '", wrong, "', expected cpu, cuda or cuda:N").c_str(), UsageError);
  }
}

TEST_CASE("blocks are aligned, writable to the last byte and never null") {
  CpuMemory memory;
  for (std::size_t bytes = 0; bytes < 5000; bytes += bytes < 300 ? 1 : 37) {
    void* data = memory.allocate(bytes);
    REQUIRE(data != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(data) % 64 == 0);
    std::memset(data, 1, bytes);
    CHECK(memory.stats().in_use >= bytes);
    CHECK(memory.stats().in_use <= 64 + bytes + bytes / 8 + 64);
    memory.release(data, bytes);
    CHECK(memory.stats().in_use == 0);
  }
}

TEST_CASE("live blocks don't overlap") {
  CpuMemory memory;
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t bytes = 1 + i * i;
    blocks.emplace_back(static_cast<unsigned char*>(memory.allocate(bytes)), bytes);
    std::memset(blocks.back().first, static_cast<int>(i % 251), bytes);
    if (i % 3 == 0) {
      memory.release(blocks.back().first, blocks.back().second);
      blocks.pop_back();
    }
  }
  for (const auto& [data, bytes] : blocks) {
    CHECK(data[0] == data[bytes - 1]);
    memory.release(data, bytes);
  }
}

TEST_CASE("the cache serves steady steps without the system, and can be given back") {
  CpuMemory memory;
  const auto step = [&] {
    void* a = memory.allocate(1000);
    void* b = memory.allocate(100'000);
    void* c = memory.allocate(1000);
    memory.release(a, 1000);
    memory.release(b, 100'000);
    memory.release(c, 1000);
  };
  step();
  const MemoryStats first = memory.stats();
  CHECK(first.system_allocations == 3);
  CHECK(first.in_use == 0);
  CHECK(first.cached == first.peak_in_use);
  for (int i = 0; i < 10; ++i) step();
  CHECK(memory.stats().system_allocations == 3);
  CHECK(memory.stats().peak_in_use == first.peak_in_use);
  memory.trim();
  CHECK(memory.stats().cached == 0);
  step();
  CHECK(memory.stats().system_allocations == 6);
}

TEST_CASE("sizes that never come back don't pile up in the cache") {
  CpuMemory memory;
  constexpr std::size_t kLargest = 40u << 20;
  for (std::size_t bytes = 1u << 20; bytes < kLargest; bytes += 1u << 20) memory.release(memory.allocate(bytes), bytes);
  CHECK(memory.stats().cached <= 2 * memory.stats().peak_in_use);
}

TEST_CASE("what was idle longest is given back first, and no more than must be") {
  CpuMemory memory;
  const auto use = [&](std::size_t megabytes) {
    const std::size_t bytes = megabytes << 20;
    const std::size_t before = memory.stats().system_allocations;
    memory.release(memory.allocate(bytes), bytes);
    return memory.stats().system_allocations - before;
  };
  // 16 may be idle: 8 goes for 10, 9 for 11.
  for (const std::size_t megabytes : {8, 9, 10, 11}) CHECK(use(megabytes) == 1);
  CHECK(use(10) == 0);
  CHECK(use(11) == 0);
  CHECK(use(8) == 1);
  CHECK(use(11) == 0);
}

TEST_CASE("out of memory says how much was asked for") {
  CpuMemory memory;
  CHECK_THROWS_WITH_AS(memory.allocate(std::size_t{1} << 63), "out of memory: asked for 9223372036854775808 bytes",
                       Error);
}

TEST_CASE("copies to and from the host") {
  const char text[] = "abc";
  char back[4] = "";
  void* data = memory(kCpu).allocate(4);
  memory(kCpu).copy_from_host(data, text, 4);
  memory(kCpu).copy_to_host(back, data, 4);
  memory(kCpu).copy_to_host(nullptr, data, 0);
  memory(kCpu).copy_from_host(data, nullptr, 0);
  memory(kCpu).zero(nullptr, 0);
  CHECK(std::string(back) == "abc");
  memory(kCpu).zero(static_cast<char*>(data) + 2, 2);
  memory(kCpu).copy_to_host(back, data, 4);
  CHECK(std::string(back) == "ab");
  memory(kCpu).release(data, 4);
}

TEST_CASE("allocation from several threads") {
  CpuMemory memory;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&memory, t] {
      for (std::size_t i = 0; i < 500; ++i) {
        const std::size_t bytes = 8 + i % 7 * 300;
        auto* data = static_cast<unsigned*>(memory.allocate(bytes));
        *data = t;
        if (*data != t) std::abort();  // another thread has the same block
        memory.release(data, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(memory.stats().in_use == 0);
}

TEST_CASE("a device without a backend, and backends") {
  const Device absent{Device::Kind::Cuda, 7}, impossible{Device::Kind::Cuda, 99};
  CHECK_THROWS_WITH_AS(memory(absent), "device cuda:7 is absent, or this program was built without it", DeviceError);
  CHECK_THROWS_WITH_AS(memory(impossible), "device cuda:99 is absent, or this program was built without it",
                       DeviceError);
  CHECK_THROWS_WITH_AS(set_memory(impossible, std::make_unique<CpuMemory>()),
                       "can't register memory for device cuda:99", DeviceError);
  CHECK_THROWS_WITH_AS(set_memory(kCpu, std::make_unique<CpuMemory>()), "can't register memory for device cpu",
                       DeviceError);

  const Device device{Device::Kind::Cuda, 15};
  set_memory(device, std::make_unique<CpuMemory>());
  CHECK(memory(device).stats().in_use == 0);
  CHECK_THROWS_WITH_AS(set_memory(device, std::make_unique<CpuMemory>()), "device cuda:15 has its memory already",
                       DeviceError);
}
