#include "data/config.h"

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "core/shown.h"
#include "core/suggest.h"
#include "data/number.h"

namespace seqrec::data {
namespace {

constexpr const char* kDefault = "default";

/// "key=text" of --set.
std::pair<std::string, std::string> key_and_text(const std::string& setting) {
  const auto equals = setting.find('=');
  require<ConfigError>(equals != std::string::npos && equals > 0, "--set: got '", shown(setting),
                       "', expected key=value");
  return {std::string(trim(std::string_view(setting).substr(0, equals))), setting.substr(equals + 1)};
}

}  // namespace

void read_files(ConfigInput& input) {
  for (const auto& file : std::exchange(input.files, {}))
    for (YamlEntry& entry : parse_yaml(read_text(file), file.string()))
      input.read.push_back({entry.key, std::move(entry.value), concat(file.string(), ":", entry.line)});
}

std::string model_of(const ConfigInput& input) {
  Json model;
  std::string source;
  for (const ConfigInput::Read& entry : input.read)
    if (entry.key == "model") std::tie(model, source) = std::tie(entry.value, entry.source);
  for (const std::string& setting : input.settings)
    if (const auto [key, text] = key_and_text(setting); key == "model")
      model = parse_text_setting(text), source = "--set";
  if (model.is_null()) return "";
  require<ConfigError>(model.is_string(), "model (", source, "): got ", shown(model.dump()), ", expected a string");
  return model.as_string();
}

Config::Config(const ConfigInput& input) : stored_in_(input.stored_in), keys_of_models_(input.keys_of_models) {
  for (const Key& key : general_keys()) declare(key);
  for (const Key& key : input.model_keys) declare(key);

  if (input.stored) {
    const Json* compat = input.stored->find("compat");
    const bool recbole = compat && compat->is_string() && compat->as_string() == "recbole";
    for (const auto& [name, value] : input.stored->as_object()) {
      // What was a default stays one, so that --set compat=... still decides it.
      const Entry* entry = find(name);
      if (!entry || value != entry->key.default_under(recbole)) assign(name, value, stored_in_);
    }
  }
  ConfigInput files = input;
  read_files(files);
  for (ConfigInput::Read& entry : files.read) assign(entry.key, std::move(entry.value), std::move(entry.source));
  for (const std::string& setting : input.settings) {
    const auto [key, text] = key_and_text(setting);
    const Entry* entry = find(key);
    assign(key, entry && entry->key.takes_text() ? parse_text_setting(text) : parse_setting(text), "--set");
  }
  for (const auto& option : input.options) assign(option.key, option.value, option.source);
  complete();
}

Config Config::with(const std::vector<ConfigInput::Option>& options) const {
  Config changed = *this;
  for (const auto& option : options) changed.assign(option.key, option.value, option.source);
  changed.complete();
  return changed;
}

Config Config::watched(std::shared_ptr<ConfigReads> reads) const {
  Config copy = *this;
  copy.reads_ = std::move(reads);
  return copy;
}

void ConfigReads::add(const std::string& key, const Json& value, bool is_explicit) {
  const std::lock_guard lock(mutex_);
  reads_.try_emplace(key, value, is_explicit);
}

bool ConfigReads::agrees(const Config& config) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(reads_, [&](const auto& read) {
    const auto& [key, seen] = read;
    return config.contains(key) && config.at(key) == seen.first && config.is_explicit(key) == seen.second;
  });
}

std::vector<std::string> ConfigReads::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, seen] : reads_) keys.push_back(key);
  return keys;
}

void Config::complete() {
  apply_compat();
  for (Entry& entry : entries_) entry.value = entry.key.check(std::move(entry.value), entry.source);
  for (const char* key : {"user_inter_num_interval", "item_inter_num_interval"}) get_intervals(key);
  complete_eval_args();
  complete_negatives();
  check_contradictions();
}

const Config::Entry* Config::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key.name == key; });
  return found == entries_.end() ? nullptr : &*found;
}

const Config::Entry& Config::entry(std::string_view key) const {
  const Entry* found = find(key);
  require<ConfigError>(found != nullptr, "'", key, "' is no key of this configuration");
  if (reads_) reads_->add(found->key.name, found->value, is_written(*found));
  return *found;
}

void Config::declare(const Key& key) {
  Entry* known = find(key.name);  // a model gives a RecBole key another default, or narrower bounds
  if (!known) {
    entries_.push_back({key, key.default_value, kDefault});
  } else if (key.only_default) {
    Json& own = known->key.default_value;
    if (own.is_object() && key.default_value.is_object()) {
      for (const auto& [name, value] : key.default_value.as_object()) own[name] = value;
    } else {
      own = key.default_value;
    }
    known->value = own;
    known->key.recbole_default.reset();
  } else {
    *known = {key, key.default_value, kDefault};
  }
}

std::string Config::remedy(const std::string& key, const std::vector<std::string>& known) const {
  std::string models;
  for (const auto& [name, model] : keys_of_models_)
    if (name == key) models += concat(models.empty() ? "" : ", ", model);
  if (!models.empty()) return concat(": it is a key of ", models);
  if (const std::string meant = synonym(key); find(meant)) return concat(" (did you mean '", meant, "'?)");
  const std::string whole = key.substr(0, key.find('.'));
  if (whole != key && find(whole)) return concat(": parts of ", whole, " are written as a map, ", whole, "={...: ...}");
  return suggest(key, known);
}

void Config::assign(const std::string& key, Json value, std::string source) {
  if (Entry* entry = find(key)) {
    const bool by_compat = value.is_null() && entry->key.recbole_default;
    entry->value = std::move(value);
    entry->source = by_compat ? kDefault : std::move(source);
    return;
  }
  for (const auto& [name, reason] : ignored_keys())
    if (name == key) {
      notices_.push_back(concat(key, " (", source, ") means nothing here: ", reason));
      return;
    }
  std::vector<std::string> known;
  for (const Entry& entry : entries_) known.push_back(entry.key.name);
  for (const auto& [name, reason] : ignored_keys()) known.push_back(name);
  throw ConfigError(concat("unknown key '", shown(key), "' (", source, ")", remedy(key, known)));
}

void Config::apply_compat() {
  const Entry& compat = entry("compat");
  compat.key.check(compat.value, compat.source);
  for (Entry& entry : entries_)
    if (entry.source == kDefault) entry.value = entry.key.default_under(recbole());
}

const Json& Config::at(std::string_view key) const { return entry(key).value; }
const std::string& Config::source(std::string_view key) const { return entry(key).source; }
bool Config::is_explicit(std::string_view key) const { return is_written(entry(key)); }
bool Config::is_written(const Entry& entry) const { return entry.source != kDefault && entry.source != stored_in_; }

void Config::fail(std::string_view key, std::string_view expected) const {
  const Entry& bad = entry(key);
  bad.key.fail(bad.value, bad.source, expected);
}

bool Config::get_bool(std::string_view key) const {
  const Json& value = at(key);
  if (value.is_null()) return false;
  if (!value.is_bool()) fail(key, "true or false");
  return value.as_bool();
}

std::int64_t Config::get_int(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_int()) fail(key, "an integer");
  return value.as_int();
}

double Config::get_double(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_number()) fail(key, "a number");
  return value.as_double();
}

const std::string& Config::get_string(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_string()) fail(key, "a string");
  return value.as_string();
}

std::string Config::get_string_or_empty(std::string_view key) const { return is_null(key) ? "" : get_string(key); }

namespace {

Json::Array as_list(const Json& value) {
  if (value.is_null()) return {};
  return value.is_array() ? value.as_array() : Json::Array{value};
}

}  // namespace

std::vector<std::int64_t> Config::get_ints(std::string_view key) const {
  std::vector<std::int64_t> out;
  for (const Json& value : as_list(at(key))) {
    if (!value.is_int()) fail(key, "a list of integers");
    out.push_back(value.as_int());
  }
  return out;
}

std::vector<std::string> Config::get_strings(std::string_view key) const {
  std::vector<std::string> out;
  for (const Json& value : as_list(at(key))) {
    if (!value.is_string()) fail(key, "a list of strings");
    out.push_back(value.as_string());
  }
  return out;
}

bool Config::lists(std::string_view key, std::string_view value) const {
  const std::vector<std::string> all = get_strings(key);
  return std::find(all.begin(), all.end(), value) != all.end();
}

std::optional<Intervals> Config::get_intervals(std::string_view key) const {
  if (is_null(key)) return std::nullopt;
  try {
    return Intervals::parse(at(key));
  } catch (const ConfigError&) {
    fail(key);
  }
}

CheckpointInterval Config::checkpoint_interval() const {
  const Json& value = at("checkpoint_interval");
  if (value.is_int() && value.as_int() >= 1) return {.epochs = value.as_int()};
  if (!value.is_string() || !value.as_string().ends_with("m")) fail("checkpoint_interval");
  const auto minutes =
      parse_number<double>(std::string_view(value.as_string()).substr(0, value.as_string().size() - 1));
  if (!minutes || !std::isfinite(*minutes) || *minutes <= 0) fail("checkpoint_interval");
  return {.minutes = *minutes};
}

Json Config::effective() const {
  Json out = Json::object();
  for (const Entry& entry : entries_) out.as_object().emplace_back(entry.key.name, entry.value);
  return out;
}

std::vector<std::string> Config::paths() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_)
    if (entry.key.local && entry.key.takes_text()) names.push_back(entry.key.name);
  return names;
}

Json Config::portable() const {
  Json out = Json::object();
  for (const Entry& entry : entries_)
    if (!entry.key.local) out.as_object().emplace_back(entry.key.name, entry.value);
  return out;
}

}  // namespace seqrec::data
