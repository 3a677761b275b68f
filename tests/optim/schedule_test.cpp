#include "optim/schedule.h"

#include <doctest/doctest.h>

namespace seqrec::optim {
namespace {

TEST_CASE("a schedule multiplies the learning rate after every few epochs, or never") {
  const Schedule step{.step_size = 3, .gamma = 0.1};
  CHECK(step.rate(0.1, 0) == 0.1);
  CHECK(step.rate(0.1, 2) == 0.1);
  CHECK(step.rate(0.1, 3) == doctest::Approx(0.01));
  CHECK(step.rate(0.1, 6) == doctest::Approx(0.001));
  CHECK(Schedule{.step_size = 1, .gamma = 0.5}.rate(0.1, 2) == 0.025);
  CHECK(Schedule{}.rate(0.1, 100) == 0.1);
}

}  // namespace
}  // namespace seqrec::optim
