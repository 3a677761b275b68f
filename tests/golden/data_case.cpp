#include <algorithm>
#include <utility>

#include "core/file.h"
#include "core/safetensors.h"
#include "data/export.h"
#include "models/list.h"
#include "tests/golden/golden.h"
#include "tests/temp_folder.h"

namespace seqrec::golden {
namespace {

namespace fs = std::filesystem;

/// ids.json and splits.safetensors as values in memory.
struct Prepared {
  std::map<std::string, std::vector<std::string>> ids;
  std::map<std::string, std::vector<std::int64_t>> splits;
  std::map<std::string, Shape> shapes;
};

Prepared read_prepared(const fs::path& folder) {
  Prepared out;
  const Json ids = Json::parse(read_text(folder / "ids.json"));
  for (const auto& [field, tokens] : ids.as_object())
    for (const Json& token : tokens.as_array()) out.ids[field].push_back(token.as_string());
  const SafetensorsReader reader(folder / "splits.safetensors");
  for (const std::string& name : reader.names()) {
    const Tensor tensor = reader.get(name);
    out.splits[name] = tensor.to_vector<std::int64_t>();
    out.shapes[name] = tensor.shape();
  }
  return out;
}

data::Config config_of(const fs::path& folder, const fs::path& data) {
  data::ConfigInput input;
  for (const auto& info : models::model_infos())
    input.model_keys.insert(input.model_keys.end(), info.keys.begin(), info.keys.end());
  // The case's keys don't say which loss there is.
  std::erase_if(input.model_keys, [](const Key& key) { return key.name == "loss_type"; });
  input.options.push_back({"compat", "recbole", "golden case"});
  input.options.push_back({"data_path", data.string(), "SEQREC_DATA_DIR"});
  const Json keys = Json::parse(read_text(folder / "config.json"));
  for (const auto& [key, value] : keys.as_object())
    input.options.push_back({key, value, (folder / "config.json").string()});
  return data::Config(input);
}

/// Nothing here is rounded, so any difference is beyond what is allowed: the number of them, and one more.
Finding compare(const Prepared& ours, const Prepared& expected) {
  Finding finding;
  const auto compare_lists = [&](const std::string& name, const auto& mine, const auto& theirs) {
    std::int64_t different = std::abs(std::int64_t(mine.size()) - std::int64_t(theirs.size()));
    for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i) different += mine[i] != theirs[i];
    if (different > 0) finding.note(1.0 + static_cast<double>(different), name);
  };
  for (const auto& [field, tokens] : expected.ids) {
    const auto mine = ours.ids.find(field);
    compare_lists("ids of " + field, mine == ours.ids.end() ? std::vector<std::string>{} : mine->second, tokens);
  }
  for (const auto& [name, values] : expected.splits) {
    const auto mine = ours.splits.find(name);
    compare_lists(name, mine == ours.splits.end() ? std::vector<std::int64_t>{} : mine->second, values);
    if (mine != ours.splits.end() && ours.shapes.at(name) != expected.shapes.at(name))
      finding.note(2.0, name + " shape");
  }
  return finding;
}

}  // namespace

Finding check_data_case(const fs::path& folder, const fs::path& data) {
  const data::Config config = config_of(folder, data);
  const fs::path dataset = data / config.get_string("dataset");
  if (!fs::exists(dataset)) return {.where = "", .skipped = "there is no " + dataset.string()};
  const TempFolder temporary;
  data::export_dataset(data::prepare(config), config, temporary.path());
  const Prepared ours = read_prepared(temporary.path());
  Prepared expected = read_prepared(folder);
  Finding result = compare(ours, expected);

  // One token of each field and one number of each tensor, in turn.
  const auto try_change = [&] { result.note_changed(compare(ours, expected).error); };
  for (auto& [field, tokens] : expected.ids) {
    const std::string kept = std::exchange(tokens.back(), "?");
    try_change();
    tokens.back() = kept;
  }
  for (auto& [name, values] : expected.splits) {
    if (values.empty()) continue;
    ++values.back();
    try_change();
    --values.back();
  }
  return result;
}

}  // namespace seqrec::golden
