#include "train/row_results.h"

#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include "core/safetensors.h"
#include "fixed_model.h"
#include "tests/message_of.h"
#include "train/corrected.h"

namespace seqrec::train {
namespace {

RowResults rows_of(const ToyEvaluation& toy) {
  FixedModel model(toy.dataset.n_items());
  return Evaluator(toy.dataset, data::Split::Test, *toy.config).evaluate_rows(model, "Fixed");
}

MetricChoice asked(const RowResults& rows, std::vector<std::string> names, std::vector<std::int64_t> topk) {
  MetricChoice choice = rows.choice;
  choice.metrics.clear();
  for (const std::string& name : names) choice.metrics.push_back(metric_info(name));
  choice.topk = std::move(topk);
  return choice;
}

TEST_CASE("rows give the evaluation's metrics again, in every mode, from the file too") {
  const std::string all =
      "metrics=[Hit, MRR, MAP, Recall, NDCG, Precision, ItemCoverage, AveragePopularity, "
      "ShannonEntropy, GiniIndex, TailPercentage, GAUC]";
  const std::vector<std::vector<std::string>> cases = {
      {all, "topk=[1, 5, 40]", "eval_batch_size=5"},
      {all, "topk=[5]", "mask_history=true"},
      {all, "topk=[1, 5]", "eval_args={mode: uni6}"},
      {all, "topk=[1, 3]", "eval_args={mode: pop6, split: {RS: [5, 1, 3]}}"},  // several targets in a group
      {"metrics=[AUC, LogLoss, MAE, RMSE]", "eval_args={mode: uni4}"},
      {"metrics=[AUC, LogLoss, MAE, RMSE]", "eval_args={mode: labeled}", "threshold={rating: 4}"},
  };
  for (const auto& settings : cases) {
    CAPTURE(settings.back());
    const ToyEvaluation toy(settings);
    FixedModel model(toy.dataset.n_items());
    const MetricValues expected = toy.evaluate(model);
    const RowResults rows = rows_of(toy);
    rows.save(toy.folder / "rows.safetensors");
    const RowResults read = RowResults::load(toy.folder / "rows.safetensors");
    for (const RowResults* each : {&rows, &read}) {
      const MetricValues found = row_metrics(*each, each->choice);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(found[i].first);
        CHECK(found[i].first == expected[i].first);
        if (settings[0] == all)
          CHECK(found[i].second == expected[i].second);
        else  // this model's scores are f64, the file's f32
          CHECK(found[i].second == doctest::Approx(expected[i].second).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("rows give metrics at lengths that nobody asked for") {
  const ToyEvaluation few({"metrics=[MRR, ItemCoverage]", "topk=3"});
  const ToyEvaluation many({"metrics=[NDCG, Hit, GAUC]", "topk=[1, 7, 24]"});
  FixedModel model(few.dataset.n_items());
  const RowResults rows = rows_of(few);
  CHECK(row_metrics(rows, asked(rows, {"NDCG", "Hit", "GAUC"}, {1, 7, 24})) == many.evaluate(model));
  CHECK(row_metrics(rows, asked(rows, {"ItemCoverage"}, {2})).front().second > 0);
  CHECK(message_of<DataError>([&] {
          row_metrics(rows, asked(rows, {"Hit", "ItemCoverage"}, {2, 4}));
        }) == "ItemCoverage@4 is not kept in these rows: their lists have 3 items, the largest of topk");
  CHECK(message_of<DataError>([&] { row_metrics(rows, asked(rows, {"AUC"}, {1})); }) ==
        "AUC is not kept in these rows: it needs labels, or the scores of all items that were drawn, which an "
        "evaluation under uniN or popN keeps that asks for such a metric");
}

TEST_CASE("a list longer than the catalogue costs no more, and only precision falls on") {
  const ToyEvaluation toy({"metrics=[NDCG, Hit, Precision, ItemCoverage]", "topk=[1000000000]"});
  FixedModel model(toy.dataset.n_items());
  const RowResults rows = rows_of(toy);
  CHECK(rows.k == kToyItems);
  const MetricValues found = row_metrics(rows, rows.choice);
  CHECK(found == toy.evaluate(model));
  const MetricValues at_all = row_metrics(rows, asked(rows, {"NDCG", "Hit", "Precision", "ItemCoverage"}, {kToyItems}));
  CHECK(found[0] == std::pair(std::string("ndcg@1000000000"), at_all[0].second));
  CHECK(found[1].second == 1);
  CHECK(found[2].second == doctest::Approx(1e-9));
  CHECK(found[3].second == at_all[3].second);
  const auto groups = group_metric(rows, metric_info("Precision"), 1000000000);
  CHECK(groups == std::vector<double>(kToyUsers, 1.0 / kToyItems * kToyItems / 1e9));

  const ToyEvaluation drawn({"metrics=Hit", "topk=[1000000000]", "eval_args={mode: uni3}"});
  const RowResults of_drawn = rows_of(drawn);
  CHECK(corrected_metrics(of_drawn, of_drawn.choice)[0].second == doctest::Approx(1));
}

TEST_CASE("what a row says of itself") {
  const ToyEvaluation toy({"metrics=MRR", "topk=[2]"});
  const RowResults rows = rows_of(toy);
  REQUIRE(rows.rows() == kToyUsers);
  const auto trained = data::trained_counts(toy.dataset);
  for (std::size_t i = 0; i < kToyUsers; ++i) {
    const data::Row row = toy.dataset.test[i];
    CHECK(rows.user[i] == toy.dataset.user(row));
    CHECK(rows.target[i] == toy.dataset.target(row));
    CHECK(rows.place[i] == toy.dataset.offsets[row.history] + row.position);
    CHECK(rows.history_length[i] == kToyLength - 1);
    CHECK(rows.popularity[i] == trained[rows.target[i]]);
    CHECK(rows.score[i] == static_cast<float>(FixedModel::score(rows.user[i], kToyLength - 1, rows.target[i])));
    CHECK(rows.candidates[i] == kToyItems);
    CHECK(rows.group[i] == static_cast<std::int32_t>(i));
    CHECK(rows.optimistic[i] <= rows.rank[i]);
    CHECK(rows.rank[i] <= rows.pessimistic[i]);
    for (std::int32_t j = 0; j < 2; ++j) CHECK((rows.lists[2 * i + j] == rows.target[i]) == (rows.rank[i] == j + 1));
  }
  // All but the last two of each history are read in training, the first one as part of a history.
  CHECK(std::accumulate(trained.begin(), trained.end(), std::int64_t{0}) == kToyUsers * (kToyLength - 2));
}

/// Gives every item the same score.
class EqualModel : public FixedModel {
 public:
  using FixedModel::FixedModel;
  Tensor full_sort_predict(const Batch& batch) override { return Tensor::zeros({batch.rows(), kToyItems + 1}); }
};

TEST_CASE("equal scores rank by id, and the rows say what another rule would give") {
  const ToyEvaluation toy({"metrics=MRR", "topk=5"});
  EqualModel model(toy.dataset.n_items());
  const RowResults rows = Evaluator(toy.dataset, data::Split::Test, *toy.config).evaluate_rows(model, "Equal");
  for (std::size_t i = 0; i < kToyUsers; ++i) {
    CHECK(rows.optimistic[i] == 1);
    CHECK(rows.rank[i] == rows.target[i]);
    CHECK(rows.pessimistic[i] == kToyItems);
  }
}

TEST_CASE("a file of rows is read as hostile input") {
  const ToyEvaluation toy({"metrics=MRR", "topk=5"});
  const RowResults good = rows_of(toy);
  const auto file = toy.folder / "rows.safetensors";
  const auto error = [&](auto&& spoil) {
    RowResults bad = good;
    spoil(bad);
    bad.save(file);
    return message_of<FormatError>([&] { RowResults::load(file); });
  };
  CHECK(error([](RowResults& rows) { rows.rank[3] = 0; }) == file.string() + ": rank: 0 at 3 is out of range");
  CHECK(error([](RowResults& rows) { rows.group[2] = 7; }) == file.string() + ": group: 7 at 2 is out of range");
  CHECK(error([](RowResults& rows) { rows.target[0] = 26; }) == file.string() + ": target: 26 at 0 is out of range");
  CHECK(error([](RowResults& rows) { rows.lists[1] = -2; }) == file.string() + ": lists: -2 at 1 is out of range");
  static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  CHECK(error([](RowResults& rows) { rows.score[1] = kNan; }) == file.string() + ": score: nan at 1 is out of range");
  CHECK(error([](RowResults& rows) { rows.negative_scores.assign(rows.score.size(), kNan); }) ==
        file.string() + ": negative_scores: nan at 0 is out of range");
  CHECK(error([](RowResults& rows) { rows.user.clear(); }).find("user") != std::string::npos);
  CHECK(error([](RowResults& rows) { rows.choice.topk = {0}; }) ==
        file.string() + ": what was asked for: topk holds 0, expected numbers from 1 on");
  CHECK(error([](RowResults& rows) { rows.decimal_places = -400; }) ==
        file.string() + ": what was asked for: metric_decimal_place is -400, expected a number from 0 on");
  SafetensorsWriter().write(file);
  CHECK(message_of<FormatError>([&] { RowResults::load(file); }) == file.string() + ": holds no results by row");
  CHECK(message_of<UsageError>([&] { rows_path(toy.folder.path()); }).empty());
  CHECK(message_of<UsageError>([&] { rows_path(toy.folder / "none"); }) ==
        (toy.folder / "none").string() +
            " is not there: a run that is finished and has test rows writes it, and so does seqrec evaluate MODEL_FILE "
            "--out RUN");
}

}  // namespace
}  // namespace seqrec::train
