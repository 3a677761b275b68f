#include "report/study.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/concat.h"
#include "core/error.h"
#include "core/file.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/parallel.h"
#include "train/json_file.h"
#include "tune/importance.h"
#include "tune/study_file.h"

namespace seqrec::report {
namespace {

using tune::TrialResult;

constexpr std::size_t kShown = 50;  // of the table of trials, before one asks for all

struct Study {
  tune::StudyContent content;
  tune::Space space;
  std::string model, dataset, metric;
  bool bigger = true;
  std::vector<TrialResult> trials;  // that have a value, best first
  std::vector<TrialResult> failed;
};

Study read_study(const std::string& folder) {
  const std::filesystem::path path = tune::study_file(folder);
  Study study;
  study.content = tune::StudyFile(path).read();
  return train::in_file(path, [&] {
    const Json& header = study.content.header;
    study.model = header.at("model").as_string();
    study.dataset = header.at("dataset").as_string();
    study.metric = header.at("metric").as_string();
    study.bigger = header.at("bigger").as_bool();
    study.space = tune::stored_space(header);
    for (const auto& [trial, result] : study.content.last()) {
      const auto settings = study.content.settings.find(trial);
      require<FormatError>(settings != study.content.settings.end(), "trial ", trial, " has no line of its own");
      for (const tune::Parameter& parameter : study.space.parameters) settings->second.at(parameter.key);
      if (!result.value()) study.failed.push_back(result);
    }
    study.trials = study.content.ranked(study.bigger);
    return study;
  });
}

std::string value_code(const Json& value) { return concat("<code>", html(tune::value_text(value)), "</code>"); }

std::string study_summary(const Study& study, const std::string& folder) {
  const Json& header = study.content.header;
  const auto early = std::ranges::count_if(study.trials, [](const TrialResult& one) { return one.stopped_early; });
  Table table({"Study", "Model", "Dataset", "Sampler", "Seeds", "Trials", "Failed", "Stopped early", "Hours"});
  double seconds = 0;
  for (const TrialResult& result : study.content.results) seconds = std::max(seconds, result.at);
  table.add({html(folder), html(study.model), html(study.dataset), html(header.at("sampler").as_string()),
             header.at("seeds").dump(), grouped(std::ssize(study.content.settings)), grouped(std::ssize(study.failed)),
             grouped(early), decimal(seconds / 3600, 2)});
  std::string out = concat("<section><h2>Study</h2>\n", table.done());
  if (!study.trials.empty()) {
    const TrialResult& best = study.trials[0];
    out += concat("<h3>The best, trial ", best.trial, ": ", html(study.metric), " ", decimal(*best.value(), 4),
                  " after ", best.epochs, " epochs</h3>\n");
    Table keys({"Key", "Value"});
    for (const auto& [key, value] : study.content.settings.at(best.trial).as_object())
      keys.add({concat("<code>", html(key), "</code>"), value_code(value)});
    out += keys.done();
  }
  return out + "</section>\n";
}

/// The best value so far, by time in the unit that says most.
std::string best_so_far(const Study& study) {
  double most = 0;
  for (const TrialResult& result : study.content.results) most = std::max(most, result.at);
  const auto [unit, name] = most < 300     ? std::pair(1.0, "seconds")
                            : most < 18000 ? std::pair(60.0, "minutes")
                                           : std::pair(3600.0, "hours");
  LineChart chart{.title = "The best so far",
                  .x_label = concat(name, " that the study ran"),
                  .y_label = study.metric,
                  .curves = {{"best so far", {}, std::nullopt}}};
  std::vector<Point>& points = chart.curves[0].points;
  std::optional<double> best;
  for (const TrialResult& result : study.content.results) {
    const std::optional<double> value = result.value();
    const double at = result.at / unit;
    if (value && (!best || (study.bigger ? *value > *best : *value < *best))) {
      if (best) points.push_back({at, *best});
      best = value;
      chart.curves[0].mark = Point{at, *value};
    }
    if (best) points.push_back({at, *best});
  }
  return line_chart(chart);
}

std::string parallel(const Study& study) {
  std::vector<ParallelAxis> axes;
  for (const tune::Parameter& parameter : study.space.parameters) {
    const tune::Distribution& distribution = parameter.distribution;
    axes.push_back({.name = parameter.key, .logarithmic = distribution.kind == tune::Distribution::Kind::LogUniform});
    for (const Json& choice : distribution.choices) axes.back().words.push_back(tune::value_text(choice));
  }
  axes.push_back({.name = study.metric});
  const std::size_t good = (study.trials.size() + 9) / 10;
  std::vector<ParallelLine> lines;
  for (std::size_t i = 0; i < study.trials.size(); ++i) {
    using Rank = ParallelLine::Rank;
    ParallelLine line{.at = {}, .rank = i == 0 ? Rank::Best : i < good ? Rank::Good : Rank::Rest};
    for (const tune::Parameter& parameter : study.space.parameters) {
      const Json& value = study.content.settings.at(study.trials[i].trial).at(parameter.key);
      const std::vector<Json>& choices = parameter.distribution.choices;
      line.at.push_back(choices.empty() ? value.as_double()
                                        : static_cast<double>(std::ranges::find(choices, value) - choices.begin()));
    }
    line.at.push_back(*study.trials[i].value());
    lines.push_back(std::move(line));
  }
  return parallel_chart("Every trial: what its keys were, and what it came to", axes, lines);
}

std::string importances(const Study& study) {
  const std::vector<tune::Importance> all = tune::importance(study.content, study.space, study.bigger);
  if (all.empty()) return "";
  Table table({"Key", "Share", ""});
  for (const tune::Importance& one : all)
    table.add({concat("<code>", html(one.key), "</code>"), concat(decimal(100 * one.share, 0), " %"),
               count_bar(one.share, 1)});
  return concat(
      "<section><h2>What mattered</h2>\n<p>The share of the differences between the trials' ranks that a key ",
      "explains by itself, less what chance would.</p>\n", table.done(), "</section>\n");
}

std::string trials(const Study& study) {
  std::vector<std::string> columns = {"Trial", study.metric, "Epochs", "State"};
  for (const tune::Parameter& parameter : study.space.parameters) columns.push_back(parameter.key);
  const bool halves = !study.content.header.at("halving").is_null();
  std::int64_t last_rung = 0;
  for (const TrialResult& one : study.content.results) last_rung = std::max(last_rung, one.rung);
  Table first(columns), rest(columns);
  const auto settings = [&](const TrialResult& one, std::vector<std::string> cells) {
    for (const tune::Parameter& parameter : study.space.parameters)
      cells.push_back(value_code(study.content.settings.at(one.trial).at(parameter.key)));
    return cells;
  };
  for (std::size_t i = 0; i < study.trials.size(); ++i) {
    const TrialResult& one = study.trials[i];
    const char* const state = one.stopped_early ? "stopped early" : halves && one.rung < last_rung ? "left" : "";
    (i < kShown ? first : rest)
        .add(settings(one, {grouped(one.trial), decimal(*one.value(), 4), grouped(one.epochs), state}));
  }
  std::string out = concat("<section><h2>Trials</h2>\n", first.done());
  if (!rest.empty()) out += concat("<details><summary>The others</summary>\n", rest.done(), "</details>\n");
  if (!study.failed.empty()) {
    columns[1] = "Why it failed";
    columns.erase(columns.begin() + 2, columns.begin() + 4);
    Table failed(columns);
    for (const TrialResult& one : study.failed) failed.add(settings(one, {grouped(one.trial), long_text(one.error)}));
    out += concat("<h3>Failed</h3>\n", failed.done());
  }
  return out + "</section>\n";
}

}  // namespace

bool is_study(const std::string& folder) { return file_exists(tune::study_file(folder)); }

StudyPage study_page(const std::string& folder) {
  const Study study = read_study(folder);
  return train::in_file(tune::study_file(folder), [&]() -> StudyPage {
    const std::string charts = best_so_far(study) + parallel(study);
    return {concat("Tuning ", study.model, " on ", study.dataset),
            concat(study_summary(study, folder),
                   charts.empty() ? "" : concat("<section><h2>Search</h2>\n", charts, "</section>\n"),
                   importances(study), trials(study))};
  });
}

}  // namespace seqrec::report
