// Comparisons of runs on planted data: what differs is found, what doesn't is not, and rows must be the same.
#include "train/compare.h"

#include <cmath>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "listener.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/bootstrap.h"
#include "train/run.h"
#include "train/strata.h"

namespace seqrec::train {
namespace {

/// Rows 0, 1, ... of a user each. A target is hit where the row's luck, the same in all runs, and a part `own` of the
/// run's say so together: in the share `chance` of the rows.
ComparedRun planted(const std::string& name, int rows, std::uint64_t seed, double chance = 0.5, double own = 1) {
  ComparedRun run{name, name, {}};
  RowResults& out = run.rows;
  out.model = "Planted";
  out.dataset = "planted";
  out.choice.metrics = {metric_info("MRR")};
  out.choice.topk = {3};
  Random luck(random_stream(1, Purpose::Test, seed)), of_run(random_stream(named_seed(seed, name), Purpose::Test));
  for (int row = 0; row < rows; ++row) {
    out.place.push_back(row);
    out.user.push_back(row + 1);
    out.target.push_back(1 + row % 7);
    out.history_length.push_back(1 + row % 30);
    out.popularity.push_back(row % 11);
    out.score.push_back(0);
    const double shared = luck.uniform() + own * (of_run.uniform() - 0.5);
    out.rank.push_back(shared < chance ? 1 + static_cast<std::int32_t>(out.target.back() % 3) : 5);
    out.optimistic.push_back(out.rank.back());
    out.pessimistic.push_back(out.rank.back());
    out.candidates.push_back(20);
    out.group.push_back(row);
  }
  return run;
}

Difference only_difference(const std::vector<ComparedRun>& runs, std::int64_t resamples) {
  return compare(runs, {.runs = {}, .resamples = resamples}).strata[0].differences.at(0);
}

TEST_CASE("of 1,000 pairs without a difference one in twenty is called one") {
  int rejected = 0;
  for (std::uint64_t pair = 0; pair < 1000; ++pair)
    rejected += only_difference({planted("a", 100, pair), planted("b", 100, pair)}, 200).p <= 0.05;
  CAPTURE(rejected);
  CHECK(rejected >= 35);
  CHECK(rejected <= 65);
}

TEST_CASE("a difference of 2 % is found as often as the power that is printed says") {
  constexpr int kPairs = 150, kRows = 500;
  int found = 0;
  double power = 0;
  for (std::uint64_t pair = 0; pair < kPairs; ++pair) {
    const Difference difference =
        only_difference({planted("a", kRows, pair, 0.5, 0.1), planted("b", kRows, pair, 0.51, 0.1)}, 200);
    found += difference.p <= 0.05;
    power += difference.power_of_2 / kPairs;
  }
  CAPTURE(found);
  CAPTURE(power);
  CHECK(power > 0.15);
  CHECK(std::abs(static_cast<double>(found) / kPairs - power) < 3 * std::sqrt(power * (1 - power) / kPairs));
}

TEST_CASE("runs of one configuration are a block: their own spread is in the interval") {
  // Each run is lucky or not as a whole, by far more than rows are.
  const auto of_seed = [](const std::string& name, const std::string& configuration, double chance,
                          std::uint64_t seed) {
    ComparedRun run = planted(name, 2000, seed, chance, 0.1);
    run.configuration = configuration;
    return run;
  };
  const Difference alone = only_difference({of_seed("a1", "a", 0.4, 1), of_seed("b1", "b", 0.5, 1)}, 500);
  CHECK(alone.found());
  const Comparison blocks = compare(
      {of_seed("a1", "a", 0.4, 1), of_seed("a2", "a", 0.6, 2), of_seed("b1", "b", 0.5, 1), of_seed("b2", "b", 0.56, 2)},
      {.runs = {}, .resamples = 500});
  REQUIRE(blocks.configurations.size() == 2);
  CHECK(blocks.configurations[0].runs == std::vector<std::string>{"a1", "a2"});
  const Difference& difference = blocks.strata[0].differences.at(0);
  CHECK_FALSE(difference.found());
  CHECK(difference.detectable > 2 * alone.detectable);
}

TEST_CASE("rows of one user are drawn together") {
  ComparedRun a = planted("a", 400, 3), b = planted("b", 400, 3);
  const Difference apart = only_difference({a, b}, 400);
  for (int row = 0; row < 400; ++row) {  // four rows a user, which all agree
    a.rows.user[row] = b.rows.user[row] = 1 + row / 4;
    a.rows.rank[row] = a.rows.rank[row / 4 * 4];
    b.rows.rank[row] = b.rows.rank[row / 4 * 4];
  }
  const Comparison together = compare({a, b}, {.runs = {}, .resamples = 400});
  CHECK(together.users == 100);
  CHECK(together.strata[0].differences[0].detectable > 1.5 * apart.detectable);
}

TEST_CASE("Holm's correction keeps the order and multiplies by the tests that are left") {
  CHECK(holm({0.01, 0.04, 0.03}) == std::vector<double>{0.03, 0.06, 0.06});
  CHECK(holm({0.5, 0.9}) == std::vector<double>{1, 1});
  CHECK(holm({}).empty());
}

TEST_CASE("a bootstrap is the same on any number of threads, and many units are put together") {
  Units units{2, {}, {0, 0}};
  for (int unit = 0; unit < 30'000; ++unit) {
    units.sums.push_back(1);
    units.sums.push_back(unit % 2);
  }
  const Bootstrap one = bootstrap(units, 60, 1);
  set_num_threads(2);
  CHECK(bootstrap(units, 60, 1).resamples == one.resamples);
  set_num_threads(1);
  CHECK(one.means[1] == 0.5);
  double square = 0;
  for (std::size_t r = 0; r < 60; ++r) square += std::pow(one.resamples[2 * r + 1] - 0.5, 2) / 60;
  CHECK(std::sqrt(square) == doctest::Approx(0.5 / std::sqrt(30'000.0)).epsilon(0.3));
}

TEST_CASE("strata: thirds by history and popularity, and the cold apart") {
  const ComparedRun run = planted("a", 330, 1);
  std::vector<std::string> names;
  std::size_t by_popularity = 0;
  for (const RowStratum& stratum : strata_of(run.rows)) {
    names.push_back(concat(stratum.name, ": ", stratum.groups.size()));
    if (stratum.name.starts_with("target")) by_popularity += stratum.groups.size();
  }
  CHECK(names == std::vector<std::string>{"all rows: 330", "history of 1 to 10: 110", "history of 11 to 20: 110",
                                          "history of 21 to 30: 110", "target never seen (cold): 30",
                                          "target seen 1 to 4 times: 120", "target seen 5 to 7 times: 90",
                                          "target seen 8 to 10 times: 90"});
  CHECK(by_popularity == 330);
}

TEST_CASE("runs whose rows are not the same are refused, with what differs") {
  const ComparedRun a = planted("runs/a", 20, 1);
  const auto refusal = [&](auto&& change) {
    ComparedRun b = planted("runs/b", 20, 1);
    change(b.rows);
    return message_of<DataError>([&] { compare({a, b}, {.runs = {}}); });
  };
  const std::string begin = "runs/b can't be compared with runs/a: ";
  CHECK(refusal([](RowResults& rows) { rows.dataset = "other"; }) == begin + "its rows are of other, not of planted");
  CHECK(refusal([](RowResults& rows) { rows.mode = data::EvalMode::Kind::Sampled; }) ==
        begin + "its targets were ranked among other candidates (eval_args.mode)");
  CHECK(refusal([](RowResults& rows) { rows.user_fingerprint = "1"; }) ==
        begin + "its users are not the same, or in another order");
  CHECK(refusal([](RowResults& rows) { rows.item_fingerprint = "1"; }) ==
        begin + "its items are not the same, or in another order");
  CHECK(refusal([](RowResults& rows) { rows.place.pop_back(); }) == begin + "it has 19 rows, not 20");
  CHECK(refusal([](RowResults& rows) { rows.target[3] = 9; }) == begin + "row 3 has target 9, not 4");
  CHECK(refusal([](RowResults& rows) { rows.popularity[2] = 8; }) == begin + "row 2 has popularity 8, not 2");
  CHECK(refusal([](RowResults& rows) { rows.candidates[0] = 8; }) ==
        begin + "row 0 has number of candidates 8, not 20");
  CHECK(refusal([](RowResults& rows) { rows.rank.clear(); }) ==
        "runs/b: nothing was ranked in it (eval_args.mode labeled), there is nothing to compare");
  CHECK(message_of<UsageError>([] { compare(std::vector<ComparedRun>(), {.runs = {}}); }) ==
        "expected a run to compare, got none");
  CHECK(message_of<UsageError>([] { compare({.runs = {"a"}}); }) == "expected at least two runs to compare, got 1");
  CHECK(compare({a}, {.runs = {}}).strata.at(0).differences.empty());
  CHECK(compare({a}, {.runs = {}}).strata.at(0).estimates.at(0).size() == 1);
  CHECK(message_of<UsageError>([&] {
          compare({a, a}, {.runs = {}, .metrics = {metric_info("GAUC")}});
        }) == "GAUC can't be compared: it is no mean over rows, as Hit, MRR, NDCG, Recall, Precision and MAP are");
}

TEST_CASE("runs' folders are compared, those of one configuration but for the seed together") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  CompareRequest request;
  for (const auto& [name, seed, width] : {std::tuple{"one", 1, 4}, {"two", 2, 4}, {"wide", 1, 8}}) {
    TrainRequest run;
    run.model = "SHAN";
    run.config = toy_input(temp.path(), {"epochs=1", "topk=[5, 10]", "metrics=[Hit, MRR, ItemCoverage]",
                                         concat("seed=", seed), concat("embedding_size=", width), "baselines=[]"});
    run.out = temp / name;
    train(run, listener);
    request.runs.push_back(run.out);
  }
  const Comparison comparison = compare(request);
  REQUIRE(comparison.configurations.size() == 2);
  CHECK(comparison.configurations[0].runs.size() == 2);
  CHECK(comparison.rows == kToyUsers);
  CHECK(comparison.strata[0].metrics == std::vector<std::string>{"hit@5", "hit@10", "mrr@5", "mrr@10"});
  const RowResults rows = RowResults::load(temp / "wide/rows.safetensors");
  CHECK(comparison.strata[0].estimates[1][0].value ==
        doctest::Approx(*find(row_metrics(rows, rows.choice), "hit@5")).epsilon(1e-12));
  CHECK(to_json(compare(request)).dump() == to_json(comparison).dump());
  const std::string text = to_text(comparison);
  CHECK(text.starts_with("14 rows of 14 users of toy, 2000 resamples\n  a  SHAN: "));
  CHECK(text.find("One run alone says nothing about other seeds") != std::string::npos);
  CHECK(text.find("no difference found; one of ") != std::string::npos);

  CompareRequest twice = request;
  twice.runs.push_back((temp / "two").string() + "/");
  CHECK(message_of<UsageError>([&] { compare(twice); }) ==
        (temp / "two").string() + "/ is named twice, as " + (temp / "two").string() + " too");
  twice.runs.back() = temp / "wide/rows.safetensors";
  CHECK(message_of<UsageError>([&] { compare(twice); }).find("rows.safetensors is named twice") != std::string::npos);

  write_text(temp / "two/config.json", "[");
  CHECK(message_of<FormatError>([&] { compare(request); }).starts_with((temp / "two/config.json").string() + ": "));
}

}  // namespace
}  // namespace seqrec::train
