#include "train/evaluator.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "fixed_model.h"
#include "tests/message_of.h"

namespace seqrec::train {
namespace {

/// The rank (from 0) of each row's target among all items, those of the history left out if `masked`.
std::vector<int> ranks(const data::Dataset& dataset, bool masked) {
  std::vector<int> out;
  for (const data::Row row : dataset.test) {
    const auto before = dataset.before(row);
    const auto length = static_cast<std::int32_t>(std::min<std::size_t>(before.size(), 50));
    const std::int32_t target = dataset.target(row);
    const double own = FixedModel::score(dataset.user(row), length, target);
    int rank = 0;
    for (std::int32_t item = 1; item < dataset.n_items(); ++item) {
      if (item == target || (masked && std::find(before.begin(), before.end(), item) != before.end())) continue;
      const double score = FixedModel::score(dataset.user(row), length, item);
      rank += score > own || (score == own && item < target);
    }
    out.push_back(rank);
  }
  return out;
}

TEST_CASE("full: targets are ranked among all items") {
  for (const bool masked : {false, true}) {
    const ToyEvaluation toy({"metrics=[Hit, MRR, NDCG]", "topk=[1, 5]", "eval_batch_size=4", "valid_metric=mrr@5",
                             masked ? "mask_history=true" : "mask_history=false"});
    FixedModel model(toy.dataset.n_items());
    const MetricValues values = toy.evaluate(model);
    double hit = 0, mrr = 0, ndcg = 0;
    const std::vector<int> expected = ranks(toy.dataset, masked);
    REQUIRE(expected.size() == kToyUsers);
    for (const int rank : expected) {
      hit += rank < 5;
      mrr += rank < 5 ? 1.0 / (rank + 1) : 0;
      ndcg += rank < 5 ? 1.0 / std::log2(rank + 2) : 0;
    }
    CHECK(value_of(values, "hit@5") == doctest::Approx(hit / kToyUsers));
    CHECK(value_of(values, "mrr@5") == doctest::Approx(mrr / kToyUsers));
    CHECK(value_of(values, "ndcg@5") == doctest::Approx(ndcg / kToyUsers));
    CHECK(values.size() == 6);
    CHECK(model.predictions == 0);
  }
}

TEST_CASE("masking the history changes ranks, and never masks the target") {
  const ToyEvaluation toy({});
  const std::vector<int> open = ranks(toy.dataset, false), masked = ranks(toy.dataset, true);
  CHECK(open != masked);
}

TEST_CASE("full with GAUC keeps all scores and gives the same lists") {
  for (const char* mask : {"mask_history=false", "mask_history=true"}) {
    const ToyEvaluation lists({"metrics=[Hit, MRR, ItemCoverage, AveragePopularity]", "topk=5", mask});
    const ToyEvaluation both({"metrics=[Hit, MRR, ItemCoverage, AveragePopularity, GAUC]", "topk=5", mask});
    FixedModel model(lists.dataset.n_items());
    MetricValues a = lists.evaluate(model), b = both.evaluate(model);
    CHECK(b.back().first == "gauc");
    b.pop_back();
    CHECK(a == b);
  }
}

TEST_CASE("GAUC of single targets is the mean share of items below them") {
  const ToyEvaluation toy({"metrics=GAUC"});
  FixedModel model(toy.dataset.n_items());
  double expected = 0;
  for (const data::Row row : toy.dataset.test) {
    const auto length = static_cast<std::int32_t>(row.position);
    const double own = FixedModel::score(toy.dataset.user(row), length, toy.dataset.target(row));
    for (std::int32_t item = 1; item < toy.dataset.n_items(); ++item) {
      const double score = FixedModel::score(toy.dataset.user(row), length, item);
      if (item != toy.dataset.target(row)) expected += score < own ? 1 : score == own ? 0.5 : 0;
    }
  }
  expected /= kToyUsers * (toy.dataset.n_items() - 2);
  CHECK(value_of(toy.evaluate(model), "gauc") == doctest::Approx(expected));
}

TEST_CASE("uniN and popN: targets are ranked among the sampled items, which repeat each time") {
  for (const char* mode : {"eval_args={mode: uni6}", "eval_args={mode: pop6}"}) {
    const ToyEvaluation toy({"metrics=[MRR, Hit, GAUC]", "topk=[1, 20]", mode});
    FixedModel model(toy.dataset.n_items());
    const MetricValues values = toy.evaluate(model);
    CHECK(values == toy.evaluate(model));
    CHECK(values == toy.evaluate(model, 3));
    CHECK(value_of(values, "hit@20") == 1);  // seven candidates at most, fewer than k
    CHECK(value_of(values, "mrr@20") > 1.0 / 7);
    // Recomputed from the batches.
    const data::EvalBatches batches(toy.dataset, data::Split::Test, *toy.config);
    double hits = 0;
    for (std::int64_t step = 0; step < batches.size(); ++step) {
      const Batch batch = batches.batch(step);
      for (std::int64_t row = 0; row < batch.rows(); ++row) {
        const auto score = [&](std::int32_t item) {
          return FixedModel::score(batch.users[row], batch.windows.length(row), item);
        };
        bool best = true;
        for (std::int64_t i = 0; i < 6; ++i) {
          const std::int32_t item = batch.negatives[row * 6 + i];
          best &= score(item) < score(batch.targets[row]) ||
                  (score(item) == score(batch.targets[row]) && item >= batch.targets[row]);
        }
        hits += best;
      }
    }
    CHECK(value_of(values, "hit@1") == doctest::Approx(hits / kToyUsers));
  }
}

TEST_CASE("eval_negatives: redraw draws anew for each round, the same for the same round") {
  const ToyEvaluation toy(
      {"metrics=MRR", "topk=20", "eval_args={mode: uni3}", "eval_negatives=redraw", "valid_metric=MRR@20"});
  FixedModel model(toy.dataset.n_items());
  CHECK(toy.evaluate(model, 0) == toy.evaluate(model, 0));
  CHECK(toy.evaluate(model, 0) != toy.evaluate(model, 1));
}

TEST_CASE("value metrics: sampled items have the label 0, labelled data their own") {
  const ToyEvaluation sampled({"metrics=[AUC, LogLoss]", "eval_args={mode: uni4}"});
  FixedModel model(sampled.dataset.n_items());
  const MetricValues values = sampled.evaluate(model);
  CHECK(value_of(values, "auc") > 0);
  CHECK(value_of(values, "auc") < 1);

  const ToyEvaluation labeled({"metrics=[AUC, MAE]", "eval_args={mode: labeled}", "threshold={rating: 4}"});
  double error = 0;
  for (const data::Row row : labeled.dataset.test) {
    const std::int32_t length = row.position;
    const float label = labeled.dataset.labels[labeled.dataset.offsets[row.history] + row.position];
    error += std::abs(FixedModel::score(labeled.dataset.user(row), length, labeled.dataset.target(row)) -
                      static_cast<double>(label));
  }
  CHECK(value_of(labeled.evaluate(model), "mae") == doctest::Approx(error / kToyUsers));
}

TEST_CASE("the model's mode is as before, and a NaN score is an error") {
  const ToyEvaluation toy({"metrics=Hit"});
  FixedModel model(toy.dataset.n_items());
  model.train();
  toy.evaluate(model);
  CHECK(model.training());
  model.broken = true;
  CHECK_THROWS_WITH_AS(toy.evaluate(model), "the model's scores hold a NaN", NumericError);
  CHECK(model.training());
}

TEST_CASE("options that don't fit together are refused") {
  const auto error = [](std::vector<std::string> settings) {
    return message_of<ConfigError>([&] { ToyEvaluation(settings).evaluate(*std::make_unique<FixedModel>(26)); });
  };
  CHECK(error({"metrics=[Hit, NDGC]"})
            .starts_with("metrics (--set): unknown metric 'NDGC' (did you mean 'NDCG'?); known are Hit, "));
  CHECK(error({"metrics=[]"}) == "metrics (--set): got [], expected at least one metric");
  CHECK(error({"metrics=[Hit, AUC]"}) ==
        "metrics (--set): ranking metrics (Hit) and value metrics (AUC) can't be used together");
  CHECK(error({"metrics=AUC"}) ==
        "metrics (--set): AUC is a value metric, which eval_args.mode full can't give: use uniN, popN or labeled");
  CHECK(error({"metrics=Hit", "eval_args={mode: labeled}", "threshold={rating: 4}"}) ==
        "metrics (--set): Hit is a ranking metric, which eval_args.mode labeled can't give: use full, uniN or popN");
  CHECK(error({"metrics=AUC", "eval_args={mode: labeled}"}) ==
        "eval_args.mode labeled needs labels: load the column label, or make them with threshold");
  CHECK(error({"mask_history=true", "eval_args={mode: uni9}"}) ==
        "mask_history (--set): got true, expected false, unless eval_args.mode is full");
  CHECK(error({"topk=[5, 0]"}).starts_with("topk (--set): got [5,0], expected "));
  CHECK(error({"topk=[]"}).starts_with("topk (--set): got [], expected "));
  CHECK(error({"eval_batch_size=0"}) == "eval_batch_size (--set): got 0, expected a whole number from 1 on");
}

TEST_CASE("valid_metric must be among the results") {
  const auto read = [](std::vector<std::string> settings) {
    data::ConfigInput input;
    input.settings = std::move(settings);
    return valid_metric(data::Config(input));
  };
  CHECK(read({}).key == "mrr@10");
  CHECK(read({}).bigger);
  CHECK_FALSE(read({"metrics=[AUC, LogLoss]", "valid_metric=LogLoss", "eval_args={mode: uni9}"}).bigger);
  CHECK(message_of<ConfigError>([&] {
          read({"metrics=[Hit, NDCG]", "topk=[5, 20]", "valid_metric=NDCG@10"});
        }) ==
        "valid_metric (--set): got \"NDCG@10\", expected one of those that metrics and topk give: hit@5, hit@20, "
        "ndcg@5, ndcg@20");
}

}  // namespace
}  // namespace seqrec::train
