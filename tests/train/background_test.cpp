#include "train/background.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include <doctest/doctest.h>

#include "core/error.h"

namespace seqrec::train {

TEST_CASE("work goes on beside its caller, one piece at a time, and is waited for") {
  std::atomic<int> done{0};
  std::promise<void> go;
  {
    Background background;
    background.wait();  // for nothing
    background.start([&, here = std::this_thread::get_id()] {
      go.get_future().wait();
      CHECK(std::this_thread::get_id() != here);
      ++done;
    });
    CHECK(done == 0);
    go.set_value();
    background.start([&] { CHECK(done++ == 1); });
    background.wait();
    CHECK(done == 2);
    background.start([&] { ++done; });
  }
  CHECK(done == 3);
}

TEST_CASE("what work threw comes once, from whoever asks next; what it holds goes with its end") {
  Background background;
  const auto fail = [] { throw IoError("disk full"); };
  background.start(fail);
  CHECK_THROWS_WITH_AS(background.wait(), "disk full", IoError);
  CHECK_NOTHROW(background.wait());
  background.start(fail);
  CHECK_THROWS_AS(background.start([] { FAIL("not begun"); }), IoError);
  CHECK_NOTHROW(background.wait());
  const auto held = std::make_shared<int>(1);
  background.start([held] {});
  background.wait();
  CHECK(held.use_count() == 1);
}

}  // namespace seqrec::train
