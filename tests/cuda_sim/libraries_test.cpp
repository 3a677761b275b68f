// What the simulator has as ordinary functions, as a program with a device loads it.
#include "kernels/cuda/libraries.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

using namespace seqrec;

TEST_CASE("several threads may load a library at once; one that is absent is named") {
  std::vector<std::string> messages(8);
  std::vector<std::thread> threads;
  for (std::string& message : messages)
    threads.emplace_back([&message] {
      try {
        kernels::cuda::load(kernels::cuda::Library::Cublas, "cublasCreate_v2");
      } catch (const DeviceError& error) {
        message = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& message : messages) {
    CHECK(message == messages[0]);
    CHECK((message.empty() || message.starts_with("can't load libcublas.so.")));
  }
  CHECK_THROWS_WITH_AS(kernels::cuda::load(kernels::cuda::Library::Cublas, "none"), doctest::Contains("can't load "),
                       DeviceError);
}
