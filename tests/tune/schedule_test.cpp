#include "tune/schedule.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <set>

#include <doctest/doctest.h>

#include "core/random.h"

namespace seqrec::tune {
namespace {

using Values = std::vector<std::int64_t>;

/// What a trial comes to by a rung: any number, but the same every time.
Schedule::Value value_of(const Leg& leg) {
  if (leg.trial % 11 == 0) return std::nullopt;
  return to_uniform(RandomStream{5, static_cast<std::uint64_t>(leg.trial)}.at(0)) + 0.1 * static_cast<double>(leg.rung);
}

/// The legs of a study of which so many run at once and end in an order that `seed` draws.
std::vector<Leg> play(const Schedule::Rules& rules, std::size_t at_once, std::uint64_t seed) {
  Schedule schedule(rules);
  Random random(random_stream(seed, Purpose::Test));
  std::vector<Leg> legs, running;
  for (;;) {
    while (running.size() < at_once) {
      const auto leg = schedule.next();
      if (!leg) break;
      legs.push_back(*leg);
      running.push_back(*leg);
    }
    if (running.empty()) break;
    const auto ends = running.begin() + random.below(static_cast<std::uint32_t>(running.size()));
    schedule.tell(ends->trial, ends->rung, value_of(*ends));
    running.erase(ends);
  }
  CHECK(schedule.ended());
  return legs;
}

TEST_CASE("rungs end with all epochs, and each is a multiple of eval_step") {
  CHECK(rungs(1, 27, 3, 1) == Values{1, 3, 9, 27});
  CHECK(rungs(4, 300, 3, 1) == Values{4, 12, 34, 100, 300});
  CHECK(rungs(5, 300, 3, 1) == Values{12, 34, 100, 300});
  CHECK(rungs(1, 20, 2, 5) == Values{5, 10, 20});
  CHECK(rungs(7, 7, 3, 1) == Values{7});
  CHECK(rungs(1, 1, 3, 1) == Values{1});
  CHECK(rungs(1, 7, 3, 10) == Values{7});
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  CHECK(rungs(1, 9, 3, kLargest) == Values{9});
  CHECK(rungs(kLargest / 2, kLargest, 2, 1) == Values{kLargest / 2 + 1, kLargest});
}

TEST_CASE("without rungs every trial is trained to its end, in order") {
  const std::vector<Leg> legs = play({.trials = 5, .rungs = {10}, .lanes = 2}, 3, 1);
  REQUIRE(legs.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(legs[i] == Leg{static_cast<std::int64_t>(i) + 1, 0, 10});
}

TEST_CASE("the best of each rung go on, and no failed one") {
  const Schedule::Rules rules{.trials = 27, .rungs = {1, 3, 9}, .eta = 3, .lanes = 1};
  const std::vector<Leg> legs = play(rules, 1, 1);
  std::set<std::int64_t> at[3];
  for (const Leg& leg : legs) {
    CHECK(leg.epochs == rules.rungs[leg.rung]);
    if (leg.rung > 0) CHECK(at[leg.rung - 1].contains(leg.trial));
    CHECK(at[leg.rung].insert(leg.trial).second);  // nothing is done twice
    if (leg.rung > 0) CHECK(value_of(leg).has_value());
  }
  CHECK(at[0].size() == 27);
  CHECK(at[1].size() >= 9);
  CHECK(at[2].size() >= 3);
  // Who is among the best third of all gets on.
  std::vector<std::pair<Schedule::Value, std::int64_t>> all;
  for (std::int64_t trial = 1; trial <= 27; ++trial) all.emplace_back(value_of({trial, 0, 1}), trial);
  std::ranges::sort(all, std::greater<>());
  for (std::size_t i = 0; i < 9; ++i) CHECK(at[1].contains(all[i].second));
}

TEST_CASE("a study is the same however many trials run at once, and whenever they end") {
  for (const std::int64_t lanes : {1, 3, 4}) {
    const Schedule::Rules rules{.trials = 30, .rungs = {1, 3, 9, 27}, .eta = 3, .lanes = lanes, .learns = true};
    const std::vector<Leg> alone = play(rules, 1, 1);
    for (std::uint64_t seed = 0; seed < 20; ++seed)
      for (const std::size_t at_once : {1, 2, 4, 7}) CHECK(play(rules, at_once, seed) == alone);
  }
}

TEST_CASE("as many trials as lanes can run before any result is there") {
  Schedule schedule({.trials = 10, .rungs = {1, 3}, .lanes = 4});
  for (int i = 0; i < 4; ++i) CHECK(schedule.next());
  CHECK(!schedule.next());
  CHECK(!schedule.ended());
  for (int i = 1; i <= 3; ++i) schedule.tell(i, 0, i);
  CHECK(!schedule.next());  // the fourth one's result is awaited
  CHECK(schedule.known().size() == 3);
  schedule.tell(4, 0, 0);
  CHECK(schedule.next() == Leg{3, 1, 3});
  CHECK(schedule.next() == Leg{5, 0, 1});
}

TEST_CASE("results that are told before are taken as they come") {
  const Schedule::Rules rules{.trials = 12, .rungs = {2, 4}, .eta = 2, .lanes = 3};
  const std::vector<Leg> legs = play(rules, 1, 1);
  Schedule again(rules);
  for (const Leg& leg : legs) again.tell(leg.trial, leg.rung, value_of(leg));
  std::vector<Leg> seen;
  while (const auto leg = again.next()) seen.push_back(*leg);
  CHECK(again.ended());
  CHECK(seen == legs);
}

}  // namespace
}  // namespace seqrec::tune
