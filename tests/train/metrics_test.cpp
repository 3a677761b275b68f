#include "train/metrics.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "train/rankings.h"

namespace seqrec::train {
namespace {

MetricChoice choice_of(std::vector<std::string> names, std::vector<std::int64_t> topk) {
  MetricChoice choice;
  for (const std::string& name : names) choice.metrics.push_back(metric_info(name));
  choice.topk = std::move(topk);
  return choice;
}

double only(const MetricValues& values) {
  REQUIRE(values.size() == 1);
  return values[0].second;
}

// Two users: the first has positives 3 and 5 and scores 3: 3, 1: 2, 5: 2; the second has one, item 2.
Rankings two_users(std::int64_t k) {
  Rankings rankings;
  rankings.k = k;
  std::vector<Candidate> first = {{1, 3, false}, {2, 1, false}, {3, 2, true}, {4, 2, false}, {5, 0, true}};
  std::vector<Candidate> second = {{1, 1, false}, {2, 1, true}, {3, 1, false}, {4, 5, false}, {5, 4, false}};
  add_user(rankings, first);
  add_user(rankings, second);
  return rankings;
}

TEST_CASE("metrics of lists by hand") {
  const Rankings rankings = two_users(3);
  // Best first, equal scores by id: user 1: 1 3 4, user 2: 4 5 1.
  CHECK(rankings.items == std::vector<std::int32_t>{1, 3, 4, 4, 5, 1});
  CHECK(rankings.hits == std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0});
  CHECK(rankings.positives == std::vector<std::int32_t>{2, 1});
  const Catalogue catalogue{6, {0, 4, 1, 0, 2, 9}};
  const auto at = [&](const char* name, std::int64_t k) {
    return only(compute_metrics(choice_of({name}, {k}), rankings, catalogue));
  };
  CHECK(at("Hit", 1) == 0);
  CHECK(at("Hit", 3) == 0.5);
  CHECK(at("MRR", 3) == 0.25);
  CHECK(at("MAP", 1) == 0);
  CHECK(at("MAP", 3) == doctest::Approx(0.5 * (0.5 / 2)));
  CHECK(at("Recall", 3) == 0.25);
  CHECK(at("Precision", 2) == 0.25);
  CHECK(at("NDCG", 2) == doctest::Approx(0.5 * (1 / std::log2(3)) / (1 + 1 / std::log2(3))));
  CHECK(at("ItemCoverage", 3) == doctest::Approx(4.0 / 6));
  CHECK(at("AveragePopularity", 2) == doctest::Approx(0.5 * ((4 + 0) / 2.0 + (2 + 9) / 2.0)));
  CHECK(at("ShannonEntropy", 1) == doctest::Approx(std::log(2) / 2));
  CHECK(at("GiniIndex", 1) == doctest::Approx(((2 * 5 - 7) * 1 + (2 * 6 - 7) * 1) / 2.0 / 6));
  // Seen in training: 1, 2, 4, 5; a tenth is one item at least, the least seen: 2. With a number, up to so many clicks.
  CHECK(at("TailPercentage", 3) == 0);
  MetricChoice tail = choice_of({"TailPercentage"}, {3});
  tail.tail_ratio = 2;
  CHECK(only(compute_metrics(tail, rankings, catalogue)) == doctest::Approx(0.5 * (1 / 3.0 + 1 / 3.0)));
}

TEST_CASE("GAUC equals RecBole's, equal scores share their rank") {
  CHECK(only(compute_metrics(choice_of({"GAUC"}, {}), two_users(1), {})) == doctest::Approx(0.25));
}

TEST_CASE("an item that occurs twice counts once, by its first score") {
  Rankings rankings;
  rankings.k = 4;
  std::vector<Candidate> candidates = {{7, 1, true}, {3, 2, false}, {3, 9, false}, {7, 5, false}};
  add_user(rankings, candidates);
  CHECK(rankings.items == std::vector<std::int32_t>{3, 7, -1, -1});
  CHECK(rankings.hits == std::vector<std::uint8_t>{0, 1, 0, 0});
  CHECK(rankings.candidates == std::vector<std::int64_t>{2});
  // Missing places count as misses for Precision, and not at all for what describes the items.
  CHECK(only(compute_metrics(choice_of({"Precision"}, {4}), rankings, {})) == 0.25);
  const Catalogue catalogue{8, {0, 0, 0, 4, 0, 0, 0, 2}};
  CHECK(only(compute_metrics(choice_of({"AveragePopularity"}, {4}), rankings, catalogue)) == 3);
}

TEST_CASE("value metrics by hand") {
  const Predictions predictions{{0.9, 0.4, 0.4, 0.1}, {1, 1, 0, 0}};
  const auto value = [&](const char* name) { return only(compute_metrics(choice_of({name}, {}), predictions)); };
  CHECK(value("AUC") == doctest::Approx(3.5 / 4));
  CHECK(value("MAE") == doctest::Approx((0.1 + 0.6 + 0.4 + 0.1) / 4));
  CHECK(value("RMSE") == doctest::Approx(std::sqrt((0.01 + 0.36 + 0.16 + 0.01) / 4)));
  CHECK(value("LogLoss") == doctest::Approx(-(std::log(0.9) + std::log(0.4) + std::log(0.6) + std::log(0.9)) / 4));
  // Scores outside of (0, 1) are clipped to it, as RecBole does.
  CHECK(only(compute_metrics(choice_of({"LogLoss"}, {}), Predictions{{7, -7}, {1, 0}})) ==
        doctest::Approx(0).epsilon(1e-12));
}

TEST_CASE("what has no value is an error and never NaN") {
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"AUC"}, {}), Predictions{{1, 2}, {1, 1}}),
                       "[AUC] has no value: every row has the label 1", DataError);
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"AUC"}, {}), Predictions{{1, 2}, {0, 0}}),
                       "[AUC] has no value: no row has the label 1", DataError);
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"MAE"}, {}), Predictions{}), "there are no rows to evaluate",
                       DataError);
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"Hit"}, {1}), Rankings{}, {}), "there are no rows to evaluate",
                       DataError);
  Rankings rankings;
  std::vector<Candidate> single = {{1, 0.5, true}}, broken = {{4, std::numeric_limits<double>::quiet_NaN(), true}};
  add_user(rankings, single);
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"GAUC"}, {}), rankings, {}),
                       "[GAUC] has no value: no user has both positives and negatives", DataError);
  CHECK_THROWS_WITH_AS(add_user(rankings, broken), "the model's score of item 4 is NaN", NumericError);
}

TEST_CASE("the wrong kind of data for a metric is an error") {
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"AUC"}, {}), two_users(1), {}),
                       "metric AUC is not computed from a ranking", ConfigError);
  CHECK_THROWS_WITH_AS(compute_metrics(choice_of({"Hit"}, {1}), Predictions{{1}, {1}}),
                       "metric Hit is computed from a ranking", ConfigError);
}

TEST_CASE("metrics are found in any case, and unknown ones are refused with the nearest") {
  CHECK(metric_info("ndcg").name == "NDCG");
  CHECK(metric_info("LOGLOSS").smaller);
  CHECK(metric_info("ItemCoverage").key() == "itemcoverage");
  CHECK_THROWS_WITH_AS(
      metric_info("NDGC"),
      "unknown metric 'NDGC' (did you mean 'NDCG'?); known are Hit, MRR, MAP, Recall, NDCG, Precision, "
      "ItemCoverage, AveragePopularity, ShannonEntropy, GiniIndex, TailPercentage, GAUC, AUC, LogLoss, "
      "MAE, RMSE",
      ConfigError);
}

TEST_CASE("results round half to even and go to JSON and back in order") {
  const MetricValues values = {{"hit@10", 0.12345}, {"auc", 0.5}, {"mrr@10", 0.00005}};
  const MetricValues four = rounded(values, 4);
  CHECK(four[0].second == doctest::Approx(0.1234).epsilon(1e-12));
  CHECK(four[2].second == 0);
  CHECK(to_json(values).dump() == R"({"hit@10":0.12345,"auc":0.5,"mrr@10":5e-05})");
  CHECK(metric_values(to_json(values)) == values);
  CHECK(to_text(four) == "hit@10 : 0.1234    auc : 0.5000    mrr@10 : 0.0000");
  CHECK(*find(values, "auc") == 0.5);
  CHECK(find(values, "gauc") == nullptr);
}

TEST_CASE("more decimal places than a number has round nothing") {
  const MetricValues values = {{"hit@10", 0.12345}, {"mrr@10", 0}, {"averagepopularity@10", 1e300}};
  for (const std::int64_t places : {17L, 308L, 309L, 1L << 62}) CHECK(rounded(values, places) == values);
}

}  // namespace
}  // namespace seqrec::train
