#include "tune/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace seqrec::tune {
namespace {

Space space_of(const std::string& text) { return parse_yaml_space(text, "s.yaml"); }

/// The best value that a sampler finds of a function.
double best_of(const Sampler& sampler, int trials, double (*f)(const Point&)) {
  std::vector<Observation> known;
  double best = -std::numeric_limits<double>::infinity();
  for (int i = 1; i <= trials; ++i) {
    const Point point = sampler.suggest(i, known);
    const double value = f(point);
    best = std::max(best, value);
    known.push_back({point, 1, value});
  }
  return best;
}

const char* const kFour =
    "a: {uniform: [-5, 10]}\n"
    "b: {loguniform: [1e-4, 1]}\n"
    "c: {quniform: [0, 15, 1]}\n"
    "d: [p, q, r, s, t]\n";

/// Largest, 0, at a = 3, b = 0.01, c = 5, d = r.
double valley(const Point& at) {
  const double b = (at[1] - std::log(0.01)) / 2;
  return -(at[0] - 3) * (at[0] - 3) / 4 - b * b - (at[2] - 5) * (at[2] - 5) / 9 - (at[3] == 2 ? 0 : 2);
}

TEST_CASE("a grid has every combination once, the last key changing first") {
  const Space space = space_of("a: [1, 2]\nb: [x, y, z]\n");
  const auto grid = grid_sampler(space);
  CHECK(grid->trials() == 6);
  CHECK(space.values(grid->suggest(1, {})).dump() == R"({"a":1,"b":"x"})");
  CHECK(space.values(grid->suggest(2, {})).dump() == R"({"a":1,"b":"y"})");
  std::set<std::string> seen;
  for (int i = 1; i <= 6; ++i) seen.insert(space.values(grid->suggest(i, {})).dump());
  CHECK(seen.size() == 6);
  CHECK(message_of<ConfigError>([] { grid_sampler(space_of("a: [1]\nb: {uniform: [0, 1]}\n")); }) ==
        "b (s.yaml:2): got uniform, expected a list of choices: a grid has no other");
}

TEST_CASE("random trials depend on seed and number alone") {
  const Space space = space_of(kFour);
  const auto a = random_sampler(space, 1), b = random_sampler(space, 1), c = random_sampler(space, 2);
  const std::vector<Observation> known = {{{0, 0, 0, 0}, 1, 1.0}};
  CHECK(a->suggest(7, {}) == b->suggest(7, known));
  CHECK(a->suggest(7, {}) != a->suggest(8, {}));
  CHECK(a->suggest(7, {}) != c->suggest(7, {}));
  CHECK(!a->trials());
}

TEST_CASE("TPE begins at random, then stays within bounds and gives the same bits again") {
  const Space space = space_of(kFour);
  const auto tpe = tpe_sampler(space, 3), random = random_sampler(space, 3);
  std::vector<Observation> known;
  for (int i = 1; i <= 60; ++i) {
    const Point point = tpe->suggest(i, known);
    if (i <= 10) CHECK(point == random->suggest(i, {}));
    CHECK(point == tpe_sampler(space, 3)->suggest(i, known));
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(point[k] >= space.parameters[k].distribution.low);
      CHECK(point[k] <= space.parameters[k].distribution.high);
    }
    CHECK(point[3] >= 0);
    CHECK(point[3] < 5);
    // Some fail, some are equal: neither stops it.
    known.push_back({point, 1, i % 7 == 0 ? std::nullopt : std::optional(std::round(valley(point)))});
  }
  const std::vector<Observation> failed(30, {{0, -2, 0, 0}, 1, std::nullopt});
  CHECK(std::isfinite(tpe->suggest(31, failed)[0]));
}

TEST_CASE("TPE finds better than random trials do") {
  const Space space = space_of(kFour);
  int better = 0;
  double tpe_sum = 0, random_sum = 0;
  constexpr int kSeeds = 100, kTrials = 60;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const double tpe = best_of(*tpe_sampler(space, static_cast<std::uint64_t>(seed)), kTrials, valley);
    const double random = best_of(*random_sampler(space, static_cast<std::uint64_t>(seed)), kTrials, valley);
    better += tpe > random;
    tpe_sum += tpe;
    random_sum += random;
  }
  CAPTURE(tpe_sum / kSeeds);
  CAPTURE(random_sum / kSeeds);
  CHECK(better >= 60);
  CHECK(tpe_sum > 0.85 * random_sum);  // both are below 0
}

}  // namespace
}  // namespace seqrec::tune
