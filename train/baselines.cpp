#include "train/baselines.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "models/list.h"
#include "train/evaluator.h"
#include "train/events.h"
#include "train/fit.h"

namespace seqrec::train {
namespace {

constexpr std::pair<const char*, const char*> kModels[] = {
    {"pop", "Pop"}, {"markov", "Markov"}, {"item_knn", "ItemKNN"}};

const char* model_of(const std::string& baseline) {
  return std::ranges::find(kModels, baseline, &std::pair<const char*, const char*>::first)->second;
}

/// The test of every so many-th history, so that no more than `most` rows or so are left.
data::RowList thinned(const data::RowList& rows, std::int64_t most) {
  const std::int64_t step = (std::ssize(rows) + most - 1) / most;
  data::RowList out;
  std::int64_t histories = 0;
  for (std::int32_t last = rows[0].history; const data::Row row : rows) {
    if (std::exchange(last, row.history) != row.history) ++histories;
    if (histories % step == 0) out.push_back(row);
  }
  return out;
}

/// The metric that says who is better: valid_metric, or the first one if the test has no such.
std::pair<std::string, double> deciding(const MetricValues& test, const data::Config& config) {
  const std::string key = metric_key(config.get_string("valid_metric"));
  const auto found = std::ranges::find(test, key, &std::pair<std::string, double>::first);
  return found != test.end() ? *found : test.front();
}

/// Of numbers as they are shown: what looks equal is.
std::string say_below(const Baselines& baselines, const MetricValues& test, const data::Config& config) {
  const std::int64_t places = config.get_int("metric_decimal_place");
  const auto [key, value] = deciding(rounded(test, places), config);
  const bool smaller = metric_info(key.substr(0, key.find('@'))).smaller;
  std::string better;
  for (const auto& [name, metrics] : baselines.tests) {
    const double other = *find(rounded(metrics, places), key);
    if (smaller ? other < value : other > value)
      better += concat(better.empty() ? "" : ", ", model_of(name), "'s ", other);
  }
  if (better.empty()) return "";
  return concat(key, " of ", config.get_string("model"), " is ", value, ", worse than ", better, ", which only ",
                better.find(',') == std::string::npos ? "counts" : "count");
}

}  // namespace

Json to_json(const Baselines& baselines) {
  Json out = Json::object();
  out["rows"] = baselines.rows;
  for (const auto& [name, metrics] : baselines.tests) out[name] = to_json(metrics);
  if (!baselines.model.empty()) out["model"] = to_json(baselines.model);
  if (!baselines.below.empty()) out["below"] = baselines.below;
  return out;
}

Baselines baselines_of(const Json& json) {
  Baselines out;
  out.rows = json.at("rows").as_int();
  for (const auto& [name, model] : kModels)
    if (const Json* metrics = json.find(name)) out.tests.emplace_back(name, metric_values(*metrics));
  if (const Json* metrics = json.find("model")) out.model = metric_values(*metrics);
  if (const Json* below = json.find("below")) out.below = below->as_string();
  return out;
}

Baselines test_baselines(const data::Dataset& dataset, const data::Config& config, models::SequentialRecommender& model,
                         const MetricValues& test, const BaselineTest& how) {
  Baselines out;
  const std::vector<std::string> names = config.get_strings("baselines");
  if (names.empty() || dataset.train.empty()) return out;
  if (metric_choice(config, how.split).needs(MetricInfo::Kind::Value)) return out;
  data::Dataset sample;
  const data::RowList& rows = dataset.rows(how.split);
  const bool all = std::ssize(rows) <= how.most_rows;
  if (!all) {
    sample = dataset;
    (how.split == data::Split::Test ? sample.test : sample.valid) = thinned(rows, how.most_rows);
  }
  const Evaluator tester(all ? dataset : sample, how.split, config);
  Observer silent;
  Observer& observer = how.observer ? *how.observer : silent;
  const auto evaluate = [&](models::SequentialRecommender& tested, const std::string& name) {
    return tester.evaluate(tested, 0, telling(observer, concat("test of ", name), tester.rows()));
  };
  out.rows = tester.rows();
  if (!all) out.model = evaluate(model, config.get_string("model"));
  for (const auto& [name, fitted] : kModels) {
    if (std::ranges::find(names, name) == names.end() || config.get_string("model") == fitted) continue;
    observer.on_work({concat("test of ", fitted)});
    models::ModelSpec spec{fitted, dataset.n_users(), dataset.n_items(), Json::object()};
    fit(spec, dataset);
    out.tests.emplace_back(name, evaluate(*models::make_model(spec, DType::F32, 0), fitted));
  }
  out.below = say_below(out, all ? test : out.model, config);
  return out;
}

}  // namespace seqrec::train
