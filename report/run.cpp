#include "report/run.h"

#include "core/error.h"
#include "core/file.h"
#include "core/shown.h"
#include "train/build.h"
#include "train/json_file.h"
#include "train/run.h"
#include "train/stored_run.h"

namespace seqrec::report {
namespace {

namespace fs = std::filesystem;

Json read_config(const fs::path& file) {
  return train::read_json(file, [](const Json& config) {
    for (const char* key : {"model", "dataset", "valid_metric"}) config.at(key).as_string();
    config.as_object();
    return config;
  });
}

/// What a run of this configuration's model would have if nobody had written a key but `compat`, which says what
/// defaults are. FormatError naming `file` if there is no such model.
Json defaults_of(const Json& config, const fs::path& file) {
  data::ConfigInput input;
  if (const Json* compat = config.find("compat")) input.options.push_back({"compat", *compat, file.string()});
  try {
    train::take_keys(input, config.at("model").as_string());
  } catch (const ConfigError& error) {
    throw FormatError(concat(file.string(), ": ", error.what()));
  }
  return data::Config(input).effective();
}

/// The epochs up to a line that is still being written.
std::vector<train::EpochReport> read_epochs(const fs::path& file) {
  std::vector<train::EpochReport> out;
  if (!file_exists(file)) return out;
  const std::string text = read_text(file);
  std::int64_t number = 1;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1, ++number) {
    try {
      const Json event = Json::parse(std::string_view(text).substr(begin, end - begin));
      const std::string& kind = event.at("event").as_string();
      if (kind == "epoch" || kind == "fit") out.push_back(train::epoch_report(event));
    } catch (const FormatError& error) {
      throw FormatError(concat(file.string(), ":", number, ": ", error.what()));
    }
  }
  return out;
}

}  // namespace

std::string Run::valid_metric() const { return train::metric_key(config.at("valid_metric").as_string()); }

Run read_run(const std::string& folder) {
  Run run;
  run.name = folder;
  run.folder = folder;
  const fs::path config = run.folder / "config.json", data = run.folder / "data.json",
                 result = run.folder / "result.json";
  require<UsageError>(file_exists(config), shown(folder), " holds no run (no config.json)");
  run.config = read_config(config);
  run.defaults = defaults_of(run.config, config);
  if (file_exists(data)) run.data = train::read_json(data, [](const Json& json) { return json; });
  run.epochs = read_epochs(run.folder / "events.jsonl");
  if (file_exists(result))
    run.result = train::read_json(
        result, [&](const Json& json) { return train::run_result(json, (run.folder / "model.safetensors").string()); });
  return run;
}

}  // namespace seqrec::report
