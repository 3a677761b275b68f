#include "train/corrected.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "core/random.h"
#include "fixed_model.h"

namespace seqrec::train {
namespace {

constexpr std::int64_t kPlantedItems = 1000, kPlantedDrawn = 100;

/// Rows of targets with these ranks among kPlantedItems, as they are found among kPlantedDrawn that are drawn.
RowResults sampled_rows(const std::vector<std::int32_t>& ranks, std::uint64_t seed) {
  RowResults rows;
  rows.mode = data::EvalMode::Kind::Sampled;
  rows.eval_mode = "uni100";
  rows.catalogue.n_items = kPlantedItems + 1;
  Random random(random_stream(seed, Purpose::Test));
  for (const std::int32_t rank : ranks) {
    std::int64_t better = rank - 1, left = kPlantedItems - 1;
    std::int32_t found = 1;
    for (std::int64_t i = 0; i < kPlantedDrawn; ++i, --left)
      if (random.below(static_cast<std::uint32_t>(left)) < better) {
        --better;
        ++found;
      }
    rows.place.push_back(rows.rows());
    rows.group.push_back(static_cast<std::int32_t>(rows.group.size()));
    rows.rank.push_back(found);
    rows.optimistic.push_back(found);
    rows.pessimistic.push_back(found);
    rows.candidates.push_back(kPlantedDrawn + 1);
  }
  return rows;
}

MetricChoice at_ten(const char* name) { return {{metric_info(name)}, {10}}; }

double true_ndcg(const std::vector<std::int32_t>& ranks) {
  double sum = 0;
  for (const std::int32_t rank : ranks) sum += rank <= 10 ? 1 / std::log2(rank + 1) : 0;
  return sum / static_cast<double>(ranks.size());
}

TEST_CASE("where all items are drawn, the estimate is the metric itself") {
  const std::vector<double> reciprocal = {1, 0.5, 1 / 3.0};
  const std::vector<double> found = CorrectedRanks(20, 19).estimates(reciprocal);
  REQUIRE(found.size() == 20);
  for (std::size_t rank = 0; rank < found.size(); ++rank)
    CHECK(found[rank] == doctest::Approx(rank < 3 ? reciprocal[rank] : 0));
}

TEST_CASE("estimates solve the normal equations of bias and variance") {
  // By hand: two items, one of which is drawn or is not, gamma 0. Of rank 1 among one nothing is known: the mean.
  CHECK(CorrectedRanks(2, 0, 0).estimates(std::vector<double>{1}).front() == doctest::Approx(0.5));
  // One drawn of three: ranks 1, 2, 3 are found first with probabilities 1, 1/2, 0. Least squares of (1, 0, 0).
  const std::vector<double> found = CorrectedRanks(3, 1, 0).estimates(std::vector<double>{1});
  CHECK(found[0] == doctest::Approx(5 / 6.0));
  CHECK(found[1] == doctest::Approx(-1 / 6.0));
}

TEST_CASE("on planted ranks the estimate comes close where the drawn items' metric is far off") {
  Random random(random_stream(7, Purpose::Test));
  std::vector<std::int32_t> ranks;  // a good model: many targets near the top, the rest anywhere
  for (int i = 0; i < 20'000; ++i) {
    const double u = random.uniform();
    ranks.push_back(static_cast<std::int32_t>(1 + std::floor(std::pow(u, 4) * kPlantedItems)));
  }
  const RowResults rows = sampled_rows(ranks, 8);
  const double truth = true_ndcg(ranks);
  const double sampled = row_metrics(rows, at_ten("NDCG")).front().second;
  const double corrected = corrected_metrics(rows, at_ten("NDCG")).front().second;
  CAPTURE(truth);
  CAPTURE(sampled);
  CAPTURE(corrected);
  CHECK(std::abs(sampled - truth) > 0.15);
  CHECK(std::abs(corrected - truth) < 0.04);
}

TEST_CASE("drawn items put two planted models in the wrong order, the estimates in the right one") {
  std::vector<std::int32_t> steady(8000, 40), bold(8000);  // always rank 40; or rank 1 for every fourth, else 300
  for (std::size_t i = 0; i < bold.size(); ++i) bold[i] = i % 4 == 0 ? 1 : 300;
  const RowResults a = sampled_rows(steady, 1), b = sampled_rows(bold, 2);
  REQUIRE(true_ndcg(steady) < true_ndcg(bold));
  CHECK(row_metrics(a, at_ten("NDCG")).front().second > row_metrics(b, at_ten("NDCG")).front().second);
  CHECK(corrected_metrics(a, at_ten("NDCG")).front().second < corrected_metrics(b, at_ten("NDCG")).front().second);
}

TEST_CASE("there are estimates of uniform draws with one target each, and no others") {
  const auto names = [](std::vector<std::string> settings) {
    const ToyEvaluation toy(std::move(settings));
    FixedModel model(toy.dataset.n_items());
    const RowResults rows = Evaluator(toy.dataset, data::Split::Test, *toy.config).evaluate_rows(model, "Fixed");
    std::string out;
    for (const auto& [name, value] : corrected_metrics(rows, rows.choice)) out += name + " ";
    return out;
  };
  const char* const metrics = "metrics=[Hit, MRR, ItemCoverage, GAUC]";
  CHECK(names({metrics, "topk=[1, 30]", "eval_args={mode: uni6}"}) == "hit@1 hit@30 mrr@1 mrr@30 ");
  CHECK(names({metrics, "topk=[1]", "eval_args={mode: pop6}"}).empty());
  CHECK(names({metrics, "topk=[1]"}).empty());
  CHECK(names({metrics, "topk=[1]", "eval_args={mode: uni6, split: {RS: [5, 1, 3]}}"}).empty());
  CHECK(names({metrics, "topk=[1]", "eval_args={mode: uni2000}"}) == "hit@1 mrr@1 ");  // 24 different ones at most
}

}  // namespace
}  // namespace seqrec::train
