#include "train/run_binding.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <span>

#include "core/error.h"
#include "models/model_file.h"

namespace seqrec::train {
namespace {

constexpr const char* kTitles = "titles";

/// FNV-1a, a number at a time.
class Fingerprint {
 public:
  void add(std::int64_t number) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(number)) * 0x100000001b3;
    hash_ ^= hash_ >> 29;
  }
  void add(std::string_view text) {
    for (const char c : text) add(std::int64_t{c});
  }
  void add(std::span<const float> numbers) {
    add(std::ssize(numbers));
    for (const float number : numbers) add(std::int64_t{std::bit_cast<std::int32_t>(number)});
  }
  template <class T>
  void add_all(const T& numbers) {
    add(std::ssize(numbers));
    for (const auto number : numbers) add(std::int64_t{number});
  }
  std::string digits() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
    return text;
  }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

void add_rows(Fingerprint& fingerprint, const data::Dataset& dataset) {
  for (const auto* rows : {&dataset.train, &dataset.valid, &dataset.test}) {
    fingerprint.add(static_cast<std::int64_t>(rows->size()));
    for (const data::Row row : *rows) {
      fingerprint.add(std::int64_t{row.history} << 32 | row.position);
      if (row.skipped > 0) fingerprint.add(std::int64_t{-row.skipped});  // so that it is no row's number
    }
  }
}

std::string histories_of(const data::Dataset& dataset) {
  Fingerprint fingerprint;
  fingerprint.add(dataset.max_length);
  fingerprint.add_all(dataset.offsets);
  fingerprint.add_all(dataset.history_users);
  fingerprint.add_all(dataset.items_of);
  return fingerprint.digits();
}

std::string digits_of(const Feature& column) {
  Fingerprint fingerprint;
  fingerprint.add(std::int64_t{static_cast<int>(column.type)});
  fingerprint.add(column.tokens);
  fingerprint.add_all(column.rows.begin());
  fingerprint.add_all(column.rows.end());
  fingerprint.add_all(column.ids.host());
  fingerprint.add(column.numbers);
  if (column.vocabulary) fingerprint.add(models::fingerprint(*column.vocabulary));
  return fingerprint.digits();
}

std::string digits_of(const std::vector<std::string>& titles) {
  Fingerprint fingerprint;
  for (const std::string& title : titles) {
    fingerprint.add(std::ssize(title));
    fingerprint.add(title);
  }
  return fingerprint.digits();
}

/// What format version 1 kept of the data: users, items, histories and rows as one.
std::string version_1_fingerprint(const data::Dataset& dataset) {
  Fingerprint fingerprint;
  for (const Vocabulary* vocabulary : {&dataset.users, &dataset.items})
    fingerprint.add(models::fingerprint(*vocabulary));
  fingerprint.add(dataset.max_length);
  for (const std::int64_t offset : dataset.offsets) fingerprint.add(offset);
  for (const std::int32_t user : dataset.history_users) fingerprint.add(std::int64_t{user});
  for (const std::int32_t item : dataset.items_of) fingerprint.add(std::int64_t{item});
  add_rows(fingerprint, dataset);
  return fingerprint.digits();
}

Json map_of(const char* name, const std::string& text) {
  try {
    Json map = Json::parse(text);
    require<FormatError>(map.is_object(), "expected a map, got ", map.type_name());
    return map;
  } catch (const FormatError& error) {
    throw FormatError(concat(name, ": ", error.what()));
  }
}

void add_to_list(std::string& list, const std::string& text, const char* separator) {
  list += list.empty() ? text : separator + text;
}

constexpr const char* kOtherData = "the dataset is not the one that this ";

}  // namespace

void check_config(const data::Config& config, const std::string& kept) {
  const Json stored = map_of("config", kept), own = config.portable();
  std::string differ;
  for (const auto& [key, value] : own.as_object()) {
    const Json* was = stored.find(key);
    const bool same = was ? *was == value : config.source(key) == "default";  // of a key that an older seqrec lacked
    if (!same) add_to_list(differ, concat(key, " is ", value.dump(), ", was ", was ? was->dump() : "not there"), "; ");
  }
  require<ConfigError>(differ.empty(), "the run's configuration (config.json) was changed: ", differ);
}

RunBinding::RunBinding(const data::Dataset& dataset, const data::Config& config, const std::vector<std::string>& titles)
    : dataset_(dataset), config_(config) {
  Fingerprint rows, labels;
  add_rows(rows, dataset);
  labels.add(std::span(dataset.labels.data(), dataset.labels.size()));
  data_["users"] = models::fingerprint(dataset.users);
  data_["items"] = models::fingerprint(dataset.items);
  data_["histories"] = histories_of(dataset);
  data_["rows of the split"] = rows.digits();
  data_["labels"] = labels.digits();
  for (const Feature& column : dataset.user_features.columns)
    data_[concat("users' column '", column.name, "'")] = digits_of(column);
  for (const Feature& column : dataset.item_features.columns)
    data_[concat("items' column '", column.name, "'")] = digits_of(column);
  data_[kTitles] = digits_of(titles);
}

void RunBinding::check_data(const std::string& data, const char* bound) const {
  const Json stored = map_of("data", data);
  std::string differ;
  for (const auto& [name, digits] : data_.as_object()) {
    const Json* was = stored.find(name);
    if (name != kTitles && (!was || *was != digits)) add_to_list(differ, name, ", ");
  }
  for (const auto& [name, digits] : stored.as_object())
    if (!data_.find(name)) add_to_list(differ, name, ", ");
  require<DataError>(differ.empty(), kOtherData, bound, "; what differs: ", differ);
}

std::vector<std::string> RunBinding::check(const std::string& data, const std::string& config) const {
  check_data(data);
  check_config(config_, config);
  const Json stored = map_of("data", data);
  const Json* titles = stored.find(kTitles);
  if (titles && *titles == data_.at(kTitles)) return {};
  return {"the items' titles are not those that the run began with: the model file gets the new ones"};
}

std::vector<std::string> RunBinding::check_version_1(const std::string& data) const {
  require<DataError>(data == version_1_fingerprint(dataset_), kOtherData, "run was trained on");
  return {"an older seqrec wrote it: damage, other features or labels and another configuration can't be noticed"};
}

}  // namespace seqrec::train
