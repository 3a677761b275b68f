#include "train/recorder.h"

#include <chrono>

#include "core/error.h"
#include "core/file.h"
#include "train/metrics_csv.h"
#include "train/protocol.h"
#include "train/stored_run.h"
#include "train/tensorboard.h"

namespace seqrec::train {
namespace {

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void Recorder::on_notice(const std::string& line) {
  folder_.log(line);
  next_.on_notice(line);
}

/// A file of this process' own, which has all epochs: TensorBoard takes it for the run's.
void Recorder::begin_tensorboard(const std::vector<EpochReport>& reports) {
  std::string text = tensorboard_header(unix_time());
  for (const EpochReport& report : reports) text += tensorboard_record(report, unix_time());
  const std::vector<std::filesystem::path> before = folder_.tensorboard_files();
  tensorboard_file_ = folder_.new_tensorboard_file();
  write_text(tensorboard_file_, text);
  for (const std::filesystem::path& file : before)
    if (file != tensorboard_file_) remove_file(file);
}

void Recorder::on_start(const RunInfo& info) {
  folder_.log(concat(info.model, " on ", info.dataset, ": ", info.n_users - 1, " users, ", info.n_items - 1, " items, ",
                     info.train_rows, " + ", info.valid_rows, " + ", info.test_rows, " rows (train, valid, test), ",
                     info.parameters, " parameters"));
  if (!info.room.empty()) folder_.log(info.room);
  if (info.resumed) folder_.log(resumed_text(info));
  metrics_ = info.metrics;
  const std::vector<EpochReport> reports = stored_reports(folder_);
  std::string csv = csv_header(metrics_);
  for (const EpochReport& report : reports) csv += csv_line(report, metrics_);
  write_text(folder_.metrics_file(), csv);
  if (tensorboard_) begin_tensorboard(reports);
  next_.on_start(info);
}

void Recorder::on_epoch(const EpochReport& report) {
  folder_.add_event(to_json(report));
  append_text(folder_.metrics_file(), csv_line(report, metrics_));
  if (!tensorboard_file_.empty()) append_text(tensorboard_file_, tensorboard_record(report, unix_time()));
  const std::string stage = report.stage.empty() ? "" : report.stage + " ";
  const std::string done =
      report.fit ? "fitted: " : concat(stage, "epoch ", report.epoch, ": loss ", report.loss, ", ");
  std::string line = concat(done, report.train_seconds, " s");
  if (!report.valid.empty())
    line +=
        concat("; valid: ", to_text(rounded(report.valid, report.decimal_places)), report.best ? "; best so far" : "");
  folder_.log(line);
  next_.on_epoch(report);
}

void Recorder::on_result(const RunResult& result) {
  const auto text = [&](const MetricValues& values) { return to_text(rounded(values, result.decimal_places)); };
  std::vector<std::string> lines = {concat("best epoch ", result.best_epoch, "; test: ", text(result.test))};
  if (result.stopped_early) lines.push_back(concat("early stopping ended training after epoch ", result.epochs));
  if (!result.corrected.empty()) lines.push_back(concat("among all items, estimated: ", text(result.corrected)));
  for (const auto& [name, told] : protocol_lines(result.protocol)) lines.push_back(concat(name, ": ", told));
  for (const auto& [name, metrics] : result.baselines.tests)
    lines.push_back(concat("baseline ", name, ": ", text(metrics)));
  if (!result.baselines.below.empty()) lines.push_back("below a baseline: " + result.baselines.below);
  folder_.add_result(lines);
  if (!tensorboard_file_.empty() && !result.test.empty())
    append_text(tensorboard_file_, tensorboard_record(result, unix_time()));
  next_.on_result(result);
}

}  // namespace seqrec::train
