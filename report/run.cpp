#include "report/run.h"

#include "core/error.h"
#include "core/file.h"
#include "core/shown.h"
#include "train/build.h"
#include "train/json_file.h"
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

}  // namespace

std::string Run::valid_metric() const { return train::metric_key(config.at("valid_metric").as_string()); }

Run read_run(const std::string& folder) {
  Run run{.name = folder, .files = train::RunFiles(folder)};
  const fs::path config = run.files.config_file(), data = run.files.data_file();
  require<UsageError>(file_exists(config), shown(folder), " holds no run (no config.json)");
  run.config = read_config(config);
  run.defaults = defaults_of(run.config, config);
  if (file_exists(data)) run.data = train::read_json(data, [](const Json& json) { return json; });
  run.epochs = train::stored_reports(run.files);
  if (file_exists(run.files.result_file())) run.result = train::stored_result(run.files);
  return run;
}

}  // namespace seqrec::report
