#include "core/once.h"

#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using seqrec::Once;

TEST_CASE("Once calls a function once, from any number of threads") {
  Once once;
  int calls = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      once.call([&] { ++calls; });
      CHECK(calls == 1);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(calls == 1);
}

TEST_CASE("Once calls a function again that threw") {
  Once once;
  CHECK_THROWS_AS(once.call([] { throw std::runtime_error("no memory"); }), std::runtime_error);
  int calls = 0;
  once.call([&] { ++calls; });
  once.call([&] { ++calls; });
  CHECK(calls == 1);
}
