// How the runs learned, and what it took: curves over their epochs.
#include <algorithm>
#include <functional>
#include <limits>

#include "core/concat.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sections.h"

namespace seqrec::report {
namespace {

using train::EpochReport;

/// The stages that any of the runs has, in order of appearance; "" is that of a model without.
std::vector<std::string> stages_of(const std::vector<Run>& runs) {
  std::vector<std::string> out;
  for (const Run& run : runs)
    for (const EpochReport& epoch : run.epochs)
      if (std::ranges::find(out, epoch.stage) == out.end()) out.push_back(epoch.stage);
  return out;
}

std::string with_stage(const std::string& what, const std::string& stage) {
  return stage.empty() ? what : concat(what, ", stage ", stage);
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double metric(const EpochReport& epoch, const std::string& name) {
  const double* value = train::find(epoch.valid, name);
  return value ? *value : kNone;
}

/// A run's epochs of a stage that have a value. Without validation the next epoch's point joins on.
Curve curve(const Run& run, const std::string& stage, const std::function<double(const EpochReport&)>& value) {
  Curve out{.name = run.name, .points = {}};
  for (const EpochReport& epoch : run.epochs)
    if (const double y = value(epoch); epoch.stage == stage && y == y)
      out.points.push_back({static_cast<double>(epoch.epoch), y});
  return out;
}

/// The epoch whose model was kept, of the last stage.
void mark_best(Curve& curve, const Run& run, const std::string& stage) {
  if (!run.result || run.epochs.empty() || run.epochs.back().stage != stage) return;
  for (const Point& point : curve.points)
    if (point.x == static_cast<double>(run.result->best_epoch)) curve.mark = point;
}

std::string charts(const std::vector<Run>& runs) {
  std::string out;
  for (const std::string& stage : stages_of(runs)) {
    LineChart loss{
        .title = with_stage("Loss, mean of the batches", stage), .x_label = "epoch", .y_label = "loss", .curves = {}};
    LineChart valid{.title = with_stage("Validation", stage), .x_label = "epoch", .y_label = "", .curves = {}};
    for (const Run& run : runs) {
      loss.curves.push_back(curve(run, stage, [](const EpochReport& epoch) { return epoch.fit ? kNone : epoch.loss; }));
      const std::string name = run.valid_metric();
      valid.curves.push_back(curve(run, stage, [&](const EpochReport& epoch) { return metric(epoch, name); }));
      valid.y_label = valid.y_label.empty() || valid.y_label == name ? name : "valid_metric";
      for (LineChart* chart : {&loss, &valid}) mark_best(chart->curves.back(), run, stage);
    }
    out += line_chart(loss) + line_chart(valid);
  }
  return out;
}

}  // namespace

std::string learning(const std::vector<Run>& runs) {
  const std::string drawn = charts(runs);
  if (drawn.empty()) return "";
  return concat(
      "<section><h2>Learning</h2>\n<p>A ring is the epoch whose model was kept.</p>\n<div class=\"charts\">\n", drawn,
      "</div></section>\n");
}

std::string cost(const std::vector<Run>& runs) {
  std::string drawn;
  for (const std::string& stage : stages_of(runs)) {
    LineChart train{.title = with_stage("Training, seconds per epoch", stage),
                    .x_label = "epoch",
                    .y_label = "seconds",
                    .curves = {},
                    .from_zero = true};
    LineChart valid = train;
    valid.title = with_stage("Validation, seconds per epoch", stage);
    for (const Run& run : runs) {
      train.curves.push_back(curve(run, stage, [](const EpochReport& epoch) { return epoch.train_seconds; }));
      valid.curves.push_back(curve(
          run, stage, [](const EpochReport& epoch) { return epoch.valid.empty() ? kNone : epoch.valid_seconds; }));
    }
    drawn += line_chart(train) + line_chart(valid);
  }
  if (drawn.empty()) return "";
  Table table({"Run", "Epochs", "Reading, s", "Training, s", "Validation, s", "Test, s", "Peak memory, MB"});
  for (const Run& run : runs) {
    double train = 0, valid = 0;
    for (const EpochReport& epoch : run.epochs) {
      train += epoch.train_seconds;
      valid += epoch.valid_seconds;
    }
    const auto of_result = [&](double seconds) { return run.result ? decimal(seconds, 1) : "–"; };
    const train::RunResult result = run.result.value_or(train::RunResult{});
    table.add({html(run.name), grouped(std::ssize(run.epochs)), of_result(result.read_seconds), decimal(train, 1),
               decimal(valid, 1), of_result(result.test_seconds),
               run.result ? grouped(result.peak_rss_bytes / 1'000'000) : "–"});
  }
  return concat("<section><h2>Time and memory</h2>\n", table.done(), "<div class=\"charts\">\n", drawn,
                "</div></section>\n");
}

}  // namespace seqrec::report
