#include "train/stored_run.h"

#include "core/error.h"
#include "core/shown.h"
#include "models/list.h"
#include "train/build.h"
#include "train/json_file.h"
#include "train/protocol.h"

namespace seqrec::train {
namespace {

/// What every run's configuration has. FormatError naming the key.
void check_stored(const Json& json) {
  for (const char* key : {"model", "dataset", "data_path"}) {
    const Json& value = json.at(key);
    require<FormatError>(value.is_string() && !value.as_string().empty(), key, ": expected a text, got ",
                         shown(value.dump()));
  }
  try {
    models::model_info(json.at("model").as_string());
  } catch (const ConfigError& error) {
    throw FormatError(error.what());
  }
}

}  // namespace

Json to_store(const data::Config& config) {
  Json out = config.effective();
  for (const std::string& key : config.paths())
    if (const std::string path = config.get_string_or_empty(key); !path.empty())
      out[key] = std::filesystem::absolute(path).lexically_normal().string();
  return out;
}

RunConfig stored_config(const TrainRequest& request, const RunFolder& folder) {
  const Json stored = read_json(folder.config_file(), [](const Json& json) {
    check_stored(json);
    return json;
  });
  data::ConfigInput input;
  take_keys(input, stored.at("model").as_string());
  input.stored = stored;
  input.stored_in = folder.config_file().string();
  const data::Config kept(input);

  input.files = request.config.files;
  input.settings = request.config.settings;
  input.options = request.config.options;
  if (!request.model.empty()) input.options.push_back({"model", request.model, "--model"});
  const data::Config config(input);
  const Json given = to_store(config), there = to_store(kept);
  for (const auto& [key, value] : there.as_object())
    if (key != "data_path" && key != "epochs" && !key.starts_with("checkpoint_") && config.is_explicit(key) &&
        given.at(key) != value)
      throw ConfigError(concat(key, " (", config.source(key), "): got ", shown(config.at(key).dump()),
                               ", but the run in ", folder.path().string(), " has ", shown(value.dump())));
  return {kept, config};
}

RunResult run_result(const Json& json, std::string model_file) {
  RunResult result{.finished = true,
                   .best_epoch = json.at("best_epoch").as_int(),
                   .epochs = json.find("epochs") ? json.at("epochs").as_int() : 0,
                   .stopped_early = json.find("stopped_early") && json.at("stopped_early").as_bool(),
                   .valid = metric_values(json.at("valid")),
                   .test = metric_values(json.at("test")),
                   .corrected = json.find("test_corrected") ? metric_values(json.at("test_corrected")) : MetricValues{},
                   .protocol = json.find("protocol") ? json.at("protocol") : Json(),
                   .baselines = json.find("baselines") ? baselines_of(json.at("baselines")) : Baselines{},
                   .config = json.find("config") ? json.at("config") : Json(),
                   .model_file = std::move(model_file),
                   .read_seconds = json.find("read_seconds") ? json.at("read_seconds").as_double() : 0,
                   .test_seconds = json.find("test_seconds") ? json.at("test_seconds").as_double() : 0,
                   .peak_rss_bytes = json.at("peak_rss_bytes").as_int(),
                   .reports = {}};
  if (!result.config.is_null()) result.decimal_places = result.config.at("metric_decimal_place").as_int();
  protocol_lines(result.protocol);  // what can't be told of it is refused here
  return result;
}

std::vector<EpochReport> stored_reports(const RunFiles& files) {
  return in_file(files.events_file(), [&] {
    std::vector<EpochReport> out;
    for (const Json& event : files.events())
      if (const std::string& name = event.at("event").as_string(); name == "epoch" || name == "fit")
        out.push_back(epoch_report(event));
    return out;
  });
}

RunResult stored_result(const RunFiles& files) {
  return read_json(files.result_file(),
                   [&](const Json& json) { return run_result(json, files.model_file().string()); });
}

}  // namespace seqrec::train
