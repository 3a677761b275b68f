#include "cli/summary.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numeric>
#include <utility>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/table.h"
#include "core/concat.h"
#include "core/shown.h"
#include "core/text_stream.h"
#include "train/protocol.h"

namespace seqrec::cli {
namespace {

constexpr std::size_t kNames = 12;  // columns

/// Lines of a text behind a name.
void add(std::vector<std::string>& lines, const std::string& name, const std::string& text, const Screen& screen) {
  const std::size_t room = screen.columns > kNames ? screen.columns - kNames : 1;
  const std::vector<std::string> wrapped_lines = wrapped(text, room);
  for (std::size_t i = 0; i < wrapped_lines.size(); ++i)
    lines.push_back(padded(screen.bold(i == 0 ? shortened(name, kNames - 1) : ""), kNames) + wrapped_lines[i]);
}

void add_curve(std::vector<std::string>& lines, const std::string& name, std::span<const double> values,
               const std::string& note, const Screen& screen) {
  const std::size_t around = kNames + 2 + width_of(note);
  if (screen.columns < around + 4) return add(lines, name, note, screen);
  const std::string curve = sparkline(values, std::min<std::size_t>(screen.columns - around, 60), screen.utf8);
  lines.push_back(concat(padded(screen.bold(shortened(name, kNames - 1)), kNames), curve, "  ", note));
}

/// The losses of each stage, and the metric that chose the best epoch.
void add_curves(std::vector<std::string>& lines, const train::RunResult& result, const std::string& metric,
                const Screen& screen) {
  std::vector<std::pair<std::string, std::vector<double>>> losses;
  std::vector<double> scores;
  for (const train::EpochReport& report : result.reports) {
    const std::string name = report.stage.empty() ? "loss" : report.stage;
    if (losses.empty() || losses.back().first != name) losses.emplace_back(name, std::vector<double>());
    if (!report.fit) losses.back().second.push_back(report.loss);
    if (const double* score = train::find(report.valid, metric)) scores.push_back(*score);
  }
  for (const auto& [name, values] : losses)
    if (!values.empty())
      add_curve(lines, name, values,
                concat(name == "loss" ? "" : "loss ", fixed(values.front(), 4), " to ", fixed(values.back(), 4)),
                screen);
  const double* best = train::find(result.valid, metric);
  if (!best) return;
  add_curve(lines, metric, scores,
            concat("best ", fixed_metric(*best, result.decimal_places), " in epoch ", result.best_epoch), screen);
}

void add_metrics(std::vector<std::string>& lines, const train::RunResult& result, const Screen& screen) {
  const train::MetricValues& columns = result.test.empty() ? result.valid : result.test;
  std::vector<std::string> titles = {""};
  for (const auto& [name, value] : columns) titles.push_back(name);
  Table table(titles);
  const auto add_row = [&](const std::string& name, const train::MetricValues& values, bool own) {
    if (values.empty()) return;
    std::vector<std::string> cells = {own ? screen.bold(name) : name};
    for (const auto& [key, ignored] : columns) {
      const double* value = train::find(values, key);
      const std::string text = value ? fixed_metric(*value, result.decimal_places) : std::string();
      cells.push_back(own ? screen.bold(text) : text);
    }
    table.add(std::move(cells));
  };
  add_row("valid", result.valid, false);
  add_row("test", result.test, true);
  add_row("estimated", result.corrected, false);
  add_row(concat("on ", result.baselines.rows, " rows"), result.baselines.model, false);
  for (const auto& [name, values] : result.baselines.tests) add_row(name, values, false);
  for (std::string& line : table.lines(screen.columns)) lines.push_back(std::move(line));
}

std::string seconds_text(double seconds) { return seconds < 100 ? fixed(seconds, 1) + " s" : clock_text(seconds); }

}  // namespace

std::string sparkline(std::span<const double> values, std::size_t columns, bool utf8) {
  constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr const char* kAscii[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
  const std::size_t n = std::min(values.size(), columns);
  std::vector<double> means;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t begin = i * values.size() / n, end = (i + 1) * values.size() / n;
    means.push_back(std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                    values.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
                    static_cast<double>(end - begin));
  }
  std::string out;
  if (means.empty()) return out;
  const auto [least, most] = std::ranges::minmax(means);
  for (const double mean : means) {
    const double share = most > least ? (mean - least) / (most - least) : 0.5;
    const auto level = static_cast<std::size_t>(std::clamp(std::floor(8 * share), 0.0, 7.0));
    out += (utf8 ? kBlocks : kAscii)[level];
  }
  return out;
}

std::string time_text(const train::RunResult& result) {
  double train = 0, valid = 0;
  for (const train::EpochReport& report : result.reports) {
    train += report.train_seconds;
    valid += report.valid_seconds;
  }
  std::string out;
  for (const auto& [name, seconds] :
       {std::pair{"read", result.read_seconds}, {"train", train}, {"validate", valid}, {"test", result.test_seconds}})
    if (seconds > 0) out += concat(out.empty() ? "" : ", ", name, " ", seconds_text(seconds));
  return out;
}

std::string fitting_metrics(const train::MetricValues& values, std::int64_t decimal_places, const std::string& kept,
                            std::size_t columns) {
  if (columns == 0) return shown_metrics(values, decimal_places);
  const auto text_of = [&](const train::MetricValues& some) {
    std::string text;
    for (const auto& [name, value] : some)
      text += concat(text.empty() ? "" : "    ", name, " : ", fixed_metric(value, decimal_places));
    return text;
  };
  train::MetricValues left = values;
  std::string text = text_of(left);
  while (width_of(text) > columns && left.size() > 1) {
    left.erase(left.end() - (left.back().first == kept ? 2 : 1));
    text = text_of(left) + " ..";
  }
  return text;
}

std::vector<std::string> summary(const train::RunResult& result, const Screen& screen) {
  std::string metric = result.valid.empty() ? "" : result.valid.front().first;
  if (const Json* chosen = result.config.find("valid_metric")) metric = train::metric_key(chosen->as_string());
  std::vector<std::string> lines;
  add_curves(lines, result, metric, screen);
  std::string epochs = result.best_epoch > 0 ? std::to_string(result.best_epoch) : "none";
  if (result.epochs > 0) epochs += concat(" of ", result.epochs);
  if (result.stopped_early) epochs += ", after which early stopping ended training";
  add(lines, "best epoch", epochs, screen);
  if (!result.valid.empty() || !result.test.empty()) {
    lines.emplace_back();
    add_metrics(lines, result, screen);
  }
  if (!result.baselines.below.empty())
    for (std::string& line : wrapped(concat("below a baseline: ", result.baselines.below), screen.columns))
      lines.push_back(std::move(line));
  lines.emplace_back();
  for (const auto& [name, text] : train::protocol_lines(result.protocol)) add(lines, name, text, screen);
  if (const std::string text = time_text(result); !text.empty()) add(lines, "time", text, screen);
  add(lines, "peak memory", fixed(static_cast<double>(result.peak_rss_bytes) / 1e6, 0) + " MB", screen);
  add(lines, "model file", result.model_file, screen);
  return lines;
}

}  // namespace seqrec::cli
