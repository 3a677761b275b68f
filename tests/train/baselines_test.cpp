#include "train/baselines.h"

#include <utility>

#include <doctest/doctest.h>

#include "core/file.h"
#include "fixed_model.h"
#include "listener.h"
#include "models/list.h"
#include "train/fit.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

TrainRequest request_of(const std::filesystem::path& data, const std::filesystem::path& out,
                        std::vector<std::string> settings) {
  TrainRequest request;
  request.model = "SHAN";
  request.config = toy_input(data, std::move(settings));
  request.config.settings.insert(request.config.settings.end(), {"epochs=1", "embedding_size=4", "topk=5",
                                                                 "valid_metric=MRR@5", "metrics=[Hit, MRR]"});
  request.out = out;
  return request;
}

MetricValues fitted_test(const ToyEvaluation& toy, const std::string& model) {
  models::ModelSpec spec{model, toy.dataset.n_users(), toy.dataset.n_items(), Json::object()};
  spec.hyper_parameters["remind"] = true;
  fit(spec, toy.dataset);
  return Evaluator(toy.dataset, data::Split::Test, *toy.config).evaluate(*models::make_model(spec, DType::F32, 0));
}

TEST_CASE("the popularity baseline recommends what is most often a target in training") {
  const ToyEvaluation toy({"metrics=[Hit, AveragePopularity]", "topk=[1, 3]"});
  auto counts = data::item_counts(toy.dataset, toy.dataset.train);
  std::sort(counts.rbegin(), counts.rend());
  const MetricValues values = fitted_test(toy, "Pop");
  CHECK(value_of(values, "averagepopularity@1") == static_cast<double>(counts[0]));
  CHECK(value_of(values, "averagepopularity@3") ==
        doctest::Approx(static_cast<double>(counts[0] + counts[1] + counts[2]) / 3).epsilon(1e-6));
}

TEST_CASE("a run is tested beside its baselines, which its files and its report keep") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(request_of(temp.path(), temp / "run", {}), listener);
  REQUIRE(result.baselines.tests.size() == 3);
  CHECK(result.baselines.rows == kToyUsers);
  CHECK(result.baselines.model.empty());
  const Json stored = Json::parse(read_text(temp / "run/result.json"));
  CHECK(stored.at("baselines") == to_json(result.baselines));
  CHECK(read_text(temp / "run/log.txt").find(" baseline item_knn: hit@5 : ") != std::string::npos);
  TrainRequest resume;
  resume.resume = temp / "run";
  CHECK(to_json(train(resume, listener).baselines) == to_json(result.baselines));

  // What a run of such a model comes to: the same protocol.
  for (const auto& [name, model] : {std::pair{"pop", "Pop"}, {"markov", "Markov"}, {"item_knn", "ItemKNN"}}) {
    TrainRequest alone = request_of(temp.path(), temp / model, {"mask_history=false"});
    alone.model = model;
    std::erase(alone.config.settings, "embedding_size=4");
    const RunResult fitted = train(alone, listener);
    const auto beside = std::ranges::find(result.baselines.tests, name, &std::pair<std::string, MetricValues>::first);
    CHECK(beside->second == fitted.test);
    CHECK(fitted.baselines.tests.size() == 2);  // not beside itself
  }
}

TEST_CASE("baselines are chosen, or left out, and there are none of values") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult none = train(request_of(temp.path(), temp / "none", {"baselines=[]"}), listener);
  CHECK(none.baselines.empty());
  CHECK(to_json(none).find("baselines") == nullptr);
  const RunResult one = train(request_of(temp.path(), temp / "one", {"baselines=markov"}), listener);
  REQUIRE(one.baselines.tests.size() == 1);
  CHECK(one.baselines.tests[0].first == "markov");
  CHECK(none.test == one.test);
  TrainRequest values = request_of(temp.path(), temp / "values", {});
  values.config.settings.insert(values.config.settings.end(),
                                {"metrics=[AUC]", "valid_metric=AUC", "eval_args={mode: uni3}"});
  CHECK(train(values, listener).baselines.empty());
}

TEST_CASE("a model below a baseline is told so in words") {
  const ToyEvaluation toy({"metrics=[MRR, GAUC, Hit]", "topk=5", "valid_metric=MRR@5", "metric_decimal_place=6"});
  const auto find_of = [](const Baselines& baselines, const char* name) {
    return *find(std::ranges::find(baselines.tests, name, &std::pair<std::string, MetricValues>::first)->second,
                 "mrr@5");
  };
  FixedModel model(toy.dataset.n_items());
  const MetricValues bad = {{"mrr@5", 0}, {"gauc", 0.5}, {"hit@5", 1}}, good = {{"mrr@5", 1}, {"hit@5", 0}};
  const Baselines found = test_baselines(toy.dataset, *toy.config, model, bad);
  std::string better;
  int count = 0;
  for (const auto& [name, title] : {std::pair{"pop", "Pop"}, {"markov", "Markov"}, {"item_knn", "ItemKNN"}})
    if (find_of(found, name) > 0) {
      better += concat(better.empty() ? "" : ", ", title, "'s ", find_of(found, name));
      ++count;
    }
  REQUIRE(count > 0);
  CHECK(found.below == concat("mrr@5 of  is 0, worse than ", better, ", which only ", count == 1 ? "counts" : "count"));
  CHECK(test_baselines(toy.dataset, *toy.config, model, good).below.empty());
  data::Dataset untrained = toy.dataset;
  untrained.train = {};
  CHECK(test_baselines(untrained, *toy.config, model, bad).empty());
  CHECK(to_json(found).at("below").as_string() == found.below);
}

TEST_CASE("of many test rows some are tested, and the model on the same ones") {
  const ToyEvaluation toy({"metrics=[MRR, Hit]", "topk=5", "valid_metric=MRR@5"});
  FixedModel model(toy.dataset.n_items());
  const Baselines some =
      test_baselines(toy.dataset, *toy.config, model, {{"mrr@5", 1}, {"hit@5", 1}}, {.most_rows = 5});
  CHECK(some.rows == 5);  // 14 rows, every third
  data::Dataset part = toy.dataset;
  part.test = {};
  for (std::size_t row = 0; row < toy.dataset.test.size(); row += 3) part.test.push_back(toy.dataset.test[row]);
  CHECK(some.model == Evaluator(part, data::Split::Test, *toy.config).evaluate(model));
  CHECK(baselines_of(to_json(some)).model == some.model);
}

}  // namespace
}  // namespace seqrec::train
