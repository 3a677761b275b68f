#include "train/recorder.h"

#include "core/error.h"
#include "train/protocol.h"

namespace seqrec::train {

void Recorder::on_notice(const std::string& line) {
  folder_.log(line);
  next_.on_notice(line);
}

void Recorder::on_start(const RunInfo& info) {
  folder_.log(concat(info.model, " on ", info.dataset, ": ", info.n_users - 1, " users, ", info.n_items - 1, " items, ",
                     info.train_rows, " + ", info.valid_rows, " + ", info.test_rows, " rows (train, valid, test), ",
                     info.parameters, " parameters"));
  if (info.resumed) folder_.log(resumed_text(info));
  next_.on_start(info);
}

void Recorder::on_epoch(const EpochReport& report) {
  folder_.add_event(to_json(report));
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
  next_.on_result(result);
}

}  // namespace seqrec::train
