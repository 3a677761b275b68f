#include "cli/run_data.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/file.h"
#include "train/json_file.h"

namespace seqrec::cli {
namespace {

bool names_data(const data::ConfigInput& input) {
  const auto is_one = [](std::string_view key) { return key == "data_path" || key == "dataset"; };
  return std::ranges::any_of(input.options, is_one, &data::ConfigInput::Option::key) ||
         std::ranges::any_of(input.read, is_one, &data::ConfigInput::Read::key) ||
         std::ranges::any_of(input.settings,
                             [&](const std::string& setting) { return is_one(setting.substr(0, setting.find('='))); });
}

}  // namespace

bool add_data_of_run(data::ConfigInput& input, const std::string& run) {
  const std::filesystem::path config = std::filesystem::path(run) / "config.json";
  if (!is_folder(run) || !file_exists(config)) return false;
  data::read_files(input);
  if (names_data(input)) return false;
  return train::read_json(config, [&](const Json& stored) {
    const std::string& folder = stored.at("data_path").as_string();
    if (!is_folder(std::filesystem::path(folder) / stored.at("dataset").as_string())) return false;
    input.options.push_back({"data_path", folder, config.string()});
    return true;
  });
}

}  // namespace seqrec::cli
