#include "train/protocol.h"

#include <filesystem>
#include <utility>

#include "core/error.h"
#include "data/timeline.h"
#include "train/metrics.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

using data::EvalMode;
using data::NegativeSampling;

Json number_or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

std::string candidates_of(const EvalMode& mode, std::int64_t items) {
  if (mode.kind == EvalMode::Kind::Labeled) return "none: scores are compared with labels";
  if (mode.kind == EvalMode::Kind::Full) return concat("all ", items, " items");
  const bool uniform = mode.negatives.distribution == NegativeSampling::Distribution::Uniform;
  return concat("the target and ", mode.negatives.sample_num, " items drawn ", uniform ? "uniformly" : "by popularity");
}

/// Whether a metric is asked for that looks at places in a list. AUC and GAUC don't, nor do errors of scores.
bool looks_at_places(const data::Config& config) {
  for (const std::string& name : config.get_strings("metrics"))
    for (const MetricInfo& info : metric_infos())
      if (info.key() == metric_key(name) && info.has_topk()) return true;
  return false;
}

Json warnings_of(const EvalMode& mode, const data::Config& config) {
  Json out = Json::array();
  if (mode.kind != EvalMode::Kind::Sampled || !looks_at_places(config)) return out;
  out.push_back(
      "metrics among drawn items are not those among all, and may put models in another order (Krichene, Rendle, KDD "
      "2020): use eval_args.mode full");
  return out;
}

/// So many that a sum of them is a number, too: a file may say anything.
std::int64_t count_of(const Json& number) {
  const std::int64_t count = number.as_int();
  require<FormatError>(count >= 0 && count < std::int64_t{1} << 53, "protocol: expected a count, got ", count);
  return count;
}

std::string counted(const Json& number, const char* what) { return data::counted(count_of(number), what); }

std::string time_text(const Json& time, const Json& protocol) {
  return data::time_text(time.as_double(), protocol.at("ticks_per_second").as_double());
}

std::string split_text(const Json& protocol) {
  const Json::Object& split = protocol.at("split").as_object();
  require<FormatError>(split.size() == 1, "protocol: split: expected a map of one entry, got ", split.size());
  const auto& [mode, value] = split.front();
  std::string out = concat(mode, " ", value.is_string() ? value.as_string() : value.dump());
  if (const Json& point = protocol.at("valid_point"); !point.is_null())
    out += concat("; validates from ", time_text(point, protocol));
  if (const Json& point = protocol.at("test_point"); !point.is_null())
    out += concat("; tests from ", time_text(point, protocol));
  return out;
}

}  // namespace

Json protocol(const data::Dataset& dataset, const data::Config& config, data::Split split) {
  const data::SplitFacts& facts = dataset.facts;
  const EvalMode mode = config.eval_mode(split);
  Json out = Json::object();
  const bool tested = split == data::Split::Test;
  if (!tested) out["evaluated"] = name_of(split);
  out["split"] = dataset.presplit ? Json(Json::Object{{"benchmark_filename", config.at("benchmark_filename")}})
                                  : config.at("eval_args").at("split");
  out["group_by"] = config.at("eval_args").at("group_by");
  out["valid_point"] = number_or_null(facts.valid_point);
  out["test_point"] = number_or_null(facts.test_point);
  out["ticks_per_second"] = facts.ticks_per_second;
  Json& rows = out["rows"];
  for (const data::Split part : {data::Split::Train, data::Split::Valid, data::Split::Test})
    rows[name_of(part)] = std::ssize(dataset.rows(part));
  const bool known = tested && facts.earliest_test_target;
  Json& leak = out["leak"];
  leak["train_interactions"] = facts.train_interactions;
  leak["earliest_test_target"] = known ? Json(*facts.earliest_test_target) : Json();
  leak["later_than_it"] = known ? Json(facts.train_later) : Json();
  const data::ColdRows cold_rows =
      tested ? data::ColdRows{facts.cold_item_targets, facts.cold_user_rows} : data::cold_rows(dataset, split);
  Json& cold = out["cold"];
  cold["targets_never_trained_on"] = cold_rows.items;
  cold["rows_of_untrained_users"] = cold_rows.users;
  cold["targets_without_history"] = facts.without_history;
  cold["dropped_items"] = facts.dropped_items;
  cold["dropped_users"] = facts.dropped_users;
  out["candidates"] = candidates_of(mode, dataset.n_items() - 1);
  out["history_masked"] = config.get_bool("mask_history");
  out["ties"] = "the lower id first";
  Json& filters = out["filters"];
  filters = Json::array();
  for (const data::FilterStep& step : dataset.report.filters)
    filters.push_back(
        Json::Object{{"filter", step.filter}, {"file", step.file}, {"before", step.before}, {"after", step.after}});
  out["warnings"] = warnings_of(mode, config);
  return out;
}

std::vector<std::pair<std::string, std::string>> protocol_lines(const Json& protocol) {
  std::vector<std::pair<std::string, std::string>> out;
  if (protocol.is_null()) return out;
  for (const Json& filter : protocol.at("filters").as_array())
    out.emplace_back("filter", concat(filter.at("filter").as_string(), ": ", count_of(filter.at("before")), " -> ",
                                      count_of(filter.at("after")), " rows of ",
                                      fs::path(filter.at("file").as_string()).filename().string()));
  out.emplace_back("split", split_text(protocol));
  const Json &leak = protocol.at("leak"), &cold = protocol.at("cold");
  if (leak.at("later_than_it").is_int())
    out.emplace_back("leak", concat(count_of(leak.at("later_than_it")), " of ",
                                    counted(leak.at("train_interactions"), "training interaction"),
                                    " later than the first target of the test, ",
                                    time_text(leak.at("earliest_test_target"), protocol)));
  std::string unknown = concat(counted(cold.at("targets_never_trained_on"), "target"), " never trained on, ",
                               counted(cold.at("rows_of_untrained_users"), "row"), " of users who don't train");
  if (count_of(cold.at("targets_never_trained_on")) + count_of(cold.at("rows_of_untrained_users")) > 0)
    unknown += "; they count like the others";
  if (const Json& n = cold.at("targets_without_history"); count_of(n) > 0)
    unknown += concat("; left out: ", counted(n, "target"), " with nothing before them");
  if (const std::int64_t n = count_of(cold.at("dropped_items")) + count_of(cold.at("dropped_users")); n > 0)
    unknown += concat("; dropped as cold: ", n);
  out.emplace_back("cold", unknown);
  const bool labeled = protocol.at("candidates").as_string().starts_with("none");
  out.emplace_back("ranked", labeled ? protocol.at("candidates").as_string()
                                     : concat("among ", protocol.at("candidates").as_string(), ", ",
                                              protocol.at("history_masked").as_bool() ? "without the history's"
                                                                                      : "the history's too",
                                              "; of equal scores ", protocol.at("ties").as_string()));
  for (const Json& warning : protocol.at("warnings").as_array()) out.emplace_back("warning", warning.as_string());
  return out;
}

}  // namespace seqrec::train
