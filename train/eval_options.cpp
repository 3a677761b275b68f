// What the configuration asks of an evaluation, checked.
#include <algorithm>

#include "core/suggest.h"
#include "train/evaluator.h"

namespace seqrec::train {

using Kind = MetricInfo::Kind;
using Mode = data::EvalMode::Kind;

MetricChoice metric_choice(const data::Config& config, data::Split split) {
  MetricChoice choice;
  const std::string where = concat("metrics (", config.source("metrics"), "): ");
  for (const std::string& name : config.get_strings("metrics")) {
    try {
      choice.metrics.push_back(metric_info(name));
    } catch (const ConfigError& error) {
      throw ConfigError(where + error.what());
    }
  }
  if (choice.metrics.empty()) config.fail("metrics", "at least one metric");
  choice.topk = config.get_ints("topk");
  choice.tail_ratio = config.get_double("tail_ratio");

  const auto is_value = [](const MetricInfo& info) { return info.kind == Kind::Value; };
  const auto value = std::find_if(choice.metrics.begin(), choice.metrics.end(), is_value);
  const auto ranking = std::find_if_not(choice.metrics.begin(), choice.metrics.end(), is_value);
  const bool has_value = value != choice.metrics.end(), has_ranking = ranking != choice.metrics.end();
  if (has_value && has_ranking)
    throw ConfigError(concat(where, "ranking metrics (", ranking->name, ") and value metrics (", value->name,
                             ") can't be used together"));
  const Mode mode = config.eval_mode(split).kind;
  if (has_value && mode == Mode::Full)
    throw ConfigError(concat(where, value->name,
                             " is a value metric, which eval_args.mode full can't give: use uniN, popN or labeled"));
  if (has_ranking && mode == Mode::Labeled)
    throw ConfigError(concat(where, ranking->name,
                             " is a ranking metric, which eval_args.mode labeled can't give: use full, uniN or popN"));
  if (config.get_bool("mask_history") && mode != Mode::Full)
    config.fail("mask_history", "false, unless eval_args.mode is full");
  return choice;
}

ValidMetric valid_metric(const data::Config& config) {
  const std::string key = metric_key(config.get_string("valid_metric"));
  const MetricChoice choice = metric_choice(config, data::Split::Valid);
  std::vector<std::string> known;
  for (const MetricInfo& info : choice.metrics) {
    std::vector<std::string> keys;
    if (!info.has_topk()) keys.push_back(info.key());
    if (info.has_topk())
      for (const std::int64_t k : choice.topk) keys.push_back(concat(info.key(), "@", k));
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return {key, !info.smaller};
    known.insert(known.end(), keys.begin(), keys.end());
  }
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
  config.fail("valid_metric", "one of those that metrics and topk give: " + list);
}

}  // namespace seqrec::train
