#include "train/run_list.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "core/error.h"
#include "core/file.h"
#include "train/early_stopping.h"
#include "train/events.h"
#include "train/json_file.h"
#include "train/run_folder.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

std::int64_t changed(const fs::path& file) {
  std::error_code absent;
  const auto time = fs::last_write_time(file, absent);
  if (absent) return 0;
  const auto since = fs::file_time_type::clock::to_sys(time).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

/// What the epochs so far came to, as the trainer sees it.
void read_epochs(const std::vector<Json>& events, const Json& config, RunAbout& run) {
  const bool rounds = config.at("round_before_compare").as_bool();
  EarlyStopping early;
  std::string stage;
  for (const Json& event : events) {
    const std::string& name = event.at("event").as_string();
    if (name == "failed") run.error = event.at("error").as_string();
    if (name != "epoch" && name != "fit") continue;
    const EpochReport report = epoch_report(event);
    run.error.clear();
    if (report.stage != stage) {
      early = {};
      run.best_epoch = 0;
      run.valid.reset();
    }
    stage = report.stage;
    run.epoch = report.epoch;
    const double* value = find(report.valid, run.metric);
    if (!value) continue;
    const double score = rounds ? rounded({{run.metric, *value}}, run.decimal_places)[0].second : *value;
    if (!early.update(score, !run.smaller, 0)) continue;
    run.best_epoch = report.epoch;
    run.valid = *value;
  }
}

void read_result(const Json& result, RunAbout& run) {
  run.best_epoch = result.at("best_epoch").as_int();
  const auto value = [&](const char* split) -> std::optional<double> {
    const MetricValues values = metric_values(result.at(split));
    const double* found = find(values, run.metric);
    return found ? std::optional(*found) : std::nullopt;
  };
  run.valid = value("valid");
  run.test = value("test");
}

void read_run(const RunFiles& files, RunAbout& run) {
  const Json config = read_json(files.config_file(), [](const Json& json) { return json; });
  in_file(files.config_file(), [&] {
    run.model = config.at("model").as_string();
    run.dataset = config.at("dataset").as_string();
    run.epochs = config.at("epochs").as_int();
    run.metric = metric_key(config.at("valid_metric").as_string());
    run.decimal_places = config.at("metric_decimal_place").as_int();
  });
  for (const MetricInfo& info : metric_infos())
    if (info.key() == run.metric.substr(0, run.metric.find('@'))) run.smaller = info.smaller;
  in_file(files.events_file(), [&] { read_epochs(files.events(), config, run); });
  if (file_exists(files.result_file())) {
    run.state = RunState::Finished;
    read_json(files.result_file(), [&](const Json& result) { read_result(result, run); });
  } else if (!run.error.empty()) {
    run.state = RunState::Failed;
  }
  if (is_locked(files.lock_file())) run.state = RunState::Running;
}

}  // namespace

const char* name_of(RunState state) {
  constexpr const char* kNames[] = {"running", "stopped", "finished", "failed", "unreadable"};
  return kNames[static_cast<int>(state)];
}

Json to_json(const RunAbout& run) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  Json out = Json::object();
  out["run"] = run.folder.string();
  out["state"] = name_of(run.state);
  out["model"] = run.model;
  out["dataset"] = run.dataset;
  out["epoch"] = run.epoch;
  out["epochs"] = run.epochs;
  out["best_epoch"] = run.best_epoch;
  out["metric"] = run.metric;
  out["valid"] = number(run.valid);
  out["test"] = number(run.test);
  out["changed"] = run.changed;
  if (!run.error.empty()) out["error"] = run.error;
  return out;
}

RunAbout about_run(const fs::path& folder) {
  const RunFiles files(folder);
  RunAbout run;
  run.folder = folder;
  for (const fs::path& file : {files.config_file(), files.events_file(), files.log_file(), files.result_file()})
    run.changed = std::max(run.changed, changed(file));
  try {
    read_run(files, run);
  } catch (const Error& error) {
    run.state = RunState::Unreadable;
    run.error = error.what();
  }
  return run;
}

std::vector<RunAbout> runs_in(const fs::path& folder) {
  std::vector<RunAbout> out;
  if (file_exists(RunFiles(folder).config_file())) return {about_run(folder)};
  for (const fs::path& path : files_in(folder)) {
    std::error_code gone;
    const fs::file_status status = fs::symlink_status(path, gone);
    if (!fs::is_directory(status)) continue;
    const std::vector<RunAbout> below = runs_in(path);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

}  // namespace seqrec::train
