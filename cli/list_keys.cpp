#include "cli/list_keys.h"

#include <algorithm>

#include "data/config.h"
#include "models/list.h"

namespace seqrec::cli {
namespace {

/// A value as a cell: | would end the cell.
std::string cell(const Json& value) {
  std::string out;
  for (char c : value.dump()) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return concat("`", out == "null" ? "~" : out, "`");
}

std::string default_cell(const Key& key) {
  const std::string own = cell(key.default_value);
  return key.recbole_default ? concat(own, ", under `compat: recbole` ", cell(*key.recbole_default)) : own;
}

std::string values_cell(const Key& key) {
  if (key.only_default) return "";
  if (key.choices.empty() || key.is_list) return key.expected();
  std::string out;
  for (const std::string& choice : key.choices) out += concat(out.empty() ? "`" : ", `", choice, "`");
  return out;
}

std::string table(const std::vector<Key>& keys) {
  std::string out = "| Key | Values | Default | Meaning |\n|---|---|---|---|\n";
  for (const Key& key : keys)
    out += concat("| `", key.name, "` | ", values_cell(key), " | ", default_cell(key), " | ", key.help, " |\n");
  return out;
}

/// Without those that only repeat a key of every model.
std::vector<Key> own_keys(const models::ModelInfo& model) {
  std::vector<Key> own;
  for (const Key& key : model.config_keys()) {
    const auto& all = data::general_keys();
    const bool repeated = std::any_of(all.begin(), all.end(), [&](const Key& general) {
      return general.name == key.name && general.default_value == key.default_value &&
             general.expected() == key.expected();
    });
    if (!repeated) own.push_back(key);
  }
  return own;
}

}  // namespace

std::string list_keys(const std::string& of) {
  if (!of.empty()) models::model_info(of);  // an unknown model is an error
  std::string out = "## Keys of every model\n\n" + table(data::general_keys());
  for (const models::ModelInfo& model : models::model_infos())
    if (of.empty() || of == model.name) out += concat("\n## Keys of ", model.name, "\n\n", table(own_keys(model)));
  if (!of.empty()) return out;
  out += "\n## RecBole's keys without a meaning here\n\nThey may stand in a file: a notice says so, and why.\n\n";
  out += "| Key | Why |\n|---|---|\n";
  for (const auto& [name, reason] : data::ignored_keys()) out += concat("| `", name, "` | ", reason, " |\n");
  return out;
}

}  // namespace seqrec::cli
