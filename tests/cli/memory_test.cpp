#include <cstdlib>

#include <doctest/doctest.h>

#include "tests/cli/program.h"

#ifdef FAILING_MALLOC

namespace {

/// The program with memory for so many allocations and no more, of its static objects too.
Outcome run_with(long allocations, std::vector<std::string> arguments) {
  ::setenv("LD_PRELOAD", FAILING_MALLOC, 1);
  ::setenv("FAILING_MALLOC", std::to_string(allocations + 1).c_str(), 1);
  Program program(std::move(arguments));
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("FAILING_MALLOC");
  return program.wait();
}

}  // namespace

TEST_CASE("out of memory is one line and exit code 1, from the first allocation on") {
  long before = 0, step = 1;
  for (bool enough = false; !enough; before += step, step = 1 + before / 10) {
    CAPTURE(before);
    const Outcome outcome = run_with(before, {"inspect", trained().model});
    enough = outcome.code == 0;
    if (enough) continue;
    CHECK(outcome.code == 1);
    CHECK(outcome.err.starts_with("seqrec: out of memory"));
    CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  }
  CHECK(before > 1000);
}

#endif
