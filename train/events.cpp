#include "train/events.h"

#include <sys/resource.h>

#include "core/concat.h"

namespace seqrec::train {

Json to_json(const EpochReport& report) {
  Json out = Json::object();
  out["event"] = report.fit ? "fit" : "epoch";
  out["epoch"] = report.epoch;
  if (!report.stage.empty()) out["stage"] = report.stage;
  out["train_seconds"] = report.train_seconds;
  if (!report.fit) out["loss"] = report.loss;
  if (!report.valid.empty()) {
    out["valid_seconds"] = report.valid_seconds;
    out["valid"] = to_json(report.valid);
  }
  return out;
}

EpochReport epoch_report(const Json& json) {
  EpochReport report;
  report.epoch = json.at("epoch").as_int();
  if (const Json* stage = json.find("stage")) report.stage = stage->as_string();
  report.train_seconds = json.at("train_seconds").as_double();
  report.fit = json.at("event").as_string() == "fit";
  if (!report.fit) report.loss = json.at("loss").as_double();
  if (json.find("valid")) {
    report.valid_seconds = json.at("valid_seconds").as_double();
    report.valid = metric_values(json.at("valid"));
  }
  return report;
}

Json to_json(const RunResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  out["best_epoch"] = result.best_epoch;
  out["epochs"] = result.epochs;
  out["stopped_early"] = result.stopped_early;
  out["valid"] = to_json(result.valid);
  out["test"] = to_json(result.test);
  if (!result.corrected.empty()) out["test_corrected"] = to_json(result.corrected);
  if (!result.protocol.is_null()) out["protocol"] = result.protocol;
  if (!result.baselines.empty()) out["baselines"] = to_json(result.baselines);
  if (!result.config.is_null()) out["config"] = result.config;
  out["model_file"] = result.model_file;
  out["read_seconds"] = result.read_seconds;
  out["test_seconds"] = result.test_seconds;
  out["peak_rss_bytes"] = result.peak_rss_bytes;
  return out;
}

std::string resumed_text(const RunInfo& info) {
  if (info.first_epoch > info.epochs) return "resumed after the last epoch";
  return concat("resumed at epoch ", info.first_epoch,
                info.first_step > 0 ? concat(", after ", info.first_step, " of its steps") : std::string());
}

RowsDone telling(Observer& observer, const std::string& work, std::int64_t rows) {
  observer.on_work({work, 0, rows});
  return [&observer, work, rows](std::int64_t done) { observer.on_work({work, done, rows}); };
}

std::int64_t peak_rss_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace seqrec::train
