#include "core/parallel.h"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"

using namespace seqrec;

namespace {

using Ranges = std::set<std::pair<std::int64_t, std::int64_t>>;

Ranges ranges_of(std::int64_t n, std::int64_t grain) {
  std::mutex mutex;
  Ranges ranges;
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::scoped_lock lock(mutex);
    CHECK(ranges.emplace(begin, end).second);
  });
  return ranges;
}

/// Sets the number of threads for a scope.
struct Threads {
  explicit Threads(int threads) { set_num_threads(threads); }
  ~Threads() { set_num_threads(1); }
};

}  // namespace

TEST_CASE("the partition depends on n and grain alone") {
  for (const int count : {1, 2, 3, 8}) {
    const Threads threads(count);
    CHECK(num_threads() == count);
    CHECK(ranges_of(10, 4) == Ranges{{0, 4}, {4, 8}, {8, 10}});
    CHECK(ranges_of(8, 4) == Ranges{{0, 4}, {4, 8}});
    CHECK(ranges_of(3, 4) == Ranges{{0, 3}});
    CHECK(ranges_of(0, 4).empty());
    CHECK(ranges_of(-5, 4).empty());
    CHECK(ranges_of(1000, 1).size() == 1000);
  }
  CHECK(num_ranges(10, 4) == 3);
  CHECK(num_ranges(0, 4) == 0);
}

TEST_CASE("every element is visited once, call after call") {
  const Threads threads(4);
  std::vector<int> visits(1000);
  for (int call = 0; call < 200; ++call) {
    parallel_for(1000, 7, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++visits[i];
    });
  }
  for (const int count : visits) CHECK(count == 200);
}

TEST_CASE("several threads work at the same time") {
  const Threads threads(2);
  std::atomic<int> arrived{0};
  // Each range waits for the other: one thread alone would never finish.
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST_CASE("nested calls run in the calling thread") {
  const Threads threads(3);
  std::atomic<int> sum{0}, strangers{0};
  parallel_for(6, 1, [&](std::int64_t, std::int64_t) {
    const auto self = std::this_thread::get_id();
    parallel_for(10, 3, [&](std::int64_t begin, std::int64_t end) {
      if (std::this_thread::get_id() != self) ++strangers;
      sum += static_cast<int>(end - begin);
    });
  });
  CHECK(sum == 60);
  CHECK(strangers == 0);
}

TEST_CASE("calls may come from several threads") {
  const Threads threads(3);
  std::vector<std::int64_t> sums(4);
  std::vector<std::thread> callers;
  for (std::int64_t& sum : sums) {
    callers.emplace_back([&sum] {
      for (int call = 0; call < 100; ++call) {
        std::atomic<std::int64_t> local{0};
        parallel_for(100, 9, [&](std::int64_t begin, std::int64_t end) { local += end - begin; });
        sum += local;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::int64_t sum : sums) CHECK(sum == 10'000);
}

TEST_CASE("an exception reaches the caller, and the pool goes on") {
  for (const int count : {1, 4}) {
    const Threads threads(count);
    for (int call = 0; call < 20; ++call) {
      CHECK_THROWS_WITH_AS(parallel_for(100, 1,
                                        [](std::int64_t begin, std::int64_t) {
                                          if (begin == 50) throw DataError("range 50");
                                        }),
                           "range 50", DataError);
    }
    CHECK(ranges_of(10, 1).size() == 10);
    CHECK_THROWS_AS(parallel_for(100, 1, [](std::int64_t, std::int64_t) { throw std::runtime_error("all"); }),
                    std::runtime_error);
  }
}

TEST_CASE("the number of threads can change between calls") {
  for (const int count : {2, 5, 1, 3, 3}) {
    const Threads threads(count);
    CHECK(ranges_of(20, 1).size() == 20);
  }
}

TEST_CASE("wrong use is refused") {
  CHECK_THROWS_WITH_AS(set_num_threads(0), "[threads] expected at least 1, got 0", UsageError);
  CHECK_THROWS_WITH_AS(parallel_for(5, 0, [](std::int64_t, std::int64_t) {}),
                       "[parallel_for] grain must be at least 1: got 0", UsageError);
  const Threads threads(2);
  CHECK_THROWS_WITH_AS(parallel_for(5, 1, [](std::int64_t, std::int64_t) { set_num_threads(3); }),
                       "[threads] can't be set while a parallel_for runs", UsageError);
}

// ThreadSanitizer ends a child that makes threads.
#if !defined(__SANITIZE_THREAD__)
TEST_CASE("a child that fork() makes computes on threads of its own, and ends") {
  const Threads threads(3);
  const auto sum = [] {
    std::atomic<std::int64_t> total{0};
    parallel_for(1000, 1, [&](std::int64_t begin, std::int64_t) { total += begin; });
    return total.load();
  };
  // The threads are there, each of them at work: one that only begins may hold a lock of AddressSanitizer's, which the
  // child would wait for.
  std::atomic<int> at_work{0};
  parallel_for(3, 1, [&](std::int64_t, std::int64_t) {
    for (++at_work; at_work < 3;) std::this_thread::yield();
  });
  REQUIRE(sum() == 499500);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // instead of a test that hangs
    bool right = num_threads() == 3 && sum() == 499500;
    set_num_threads(2);
    right = right && sum() == 499500;
    std::exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(sum() == 499500);
}
#endif
