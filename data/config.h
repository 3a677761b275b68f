#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/key.h"
#include "data/interval.h"
#include "data/split.h"

namespace seqrec::data {

/// Everything a configuration is made of, weakest first.
struct ConfigInput {
  /// The model's own keys. One with the name of a RecBole key stands in its place, or gives it another default.
  std::vector<Key> model_keys;
  /// All models' keys, each with the model's name: for errors.
  std::vector<std::pair<std::string, std::string>> keys_of_models = {};
  /// The configuration that a model file carries (Config::portable()).
  std::optional<Json> stored;
  std::string stored_in = "model file";  ///< the file, for errors
  /// YAML files; a later one wins.
  std::vector<std::filesystem::path> files;
  /// What they hold, once read_files has read them.
  struct Read {
    std::string key;
    Json value;
    std::string source;  ///< "file.yaml:12"
  };
  std::vector<Read> read = {};
  /// "key=value" of --set; a later one wins.
  std::vector<std::string> settings;
  /// Options of the program that stand for a key, with the option's name: {"seed", 7, "--seed"}. They win over all.
  struct Option {
    std::string key;
    Json value;
    std::string source;
  };
  std::vector<Option> options;
};

/// Reads the files, each once: one may be a pipe. Errors as Config's.
void read_files(ConfigInput& input);
/// What the files that were read, or --set, have for the key `model`; "" if there is nothing. ConfigError if it is no
/// string.
std::string model_of(const ConfigInput& input);

/// Where negatives come from. RecBole: train_neg_sample_args, and the uniN / popN of eval_args.mode.
struct NegativeSampling {
  /// InBatch: the targets of the batch's rows; Mixed: these and uniform ones. Both are shared.
  enum class Distribution { None, Uniform, Popularity, InBatch, Mixed };
  Distribution distribution = Distribution::None;
  std::int64_t sample_num = 0;  ///< a row, or, where its rows share them, a batch
  double alpha = 1.0;           ///< popularity's exponent
  bool shared = false;

  bool any() const { return distribution != Distribution::None; }
};

/// RecBole: eval_args.mode.
struct EvalMode {
  enum class Kind { Full, Sampled, Labeled };
  Kind kind = Kind::Full;
  NegativeSampling negatives;  ///< of Sampled
};

/// How far a run may go on from one checkpoint to the next: one of the two.
struct CheckpointInterval {
  std::int64_t epochs = 0;
  double minutes = 0;
};

class Config;

/// What someone who was given a configuration asked it for: keys, with their values and whether they were written. Who
/// is given another one that agrees in them will do the same.
class ConfigReads {
 public:
  void add(const std::string& key, const Json& value, bool is_explicit);
  /// Whether a configuration agrees in all of it.
  bool agrees(const Config& config) const;
  /// The keys that were asked for.
  std::vector<std::string> keys() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<Json, bool>, std::less<>> reads_;
};

/// The settings of a run: RecBole's keys with RecBole's defaults (config_keys.cpp is the table), the model's, and what
/// files, --set and options say. Complete, checked and immutable. Every error is a ConfigError that names the key,
/// where its value came from ("--set", "file.yaml:12", "default"), what was got and what was expected.
class Config {
 public:
  explicit Config(const ConfigInput& input = {});
  /// The same, but for these.
  Config with(const std::vector<ConfigInput::Option>& options) const;
  /// The same, which tells `reads` what it is asked for.
  Config watched(std::shared_ptr<ConfigReads> reads) const;

  bool contains(std::string_view key) const { return find(key) != nullptr; }
  bool is_null(std::string_view key) const { return at(key).is_null(); }
  /// The value of a known key; ConfigError for a key that no one declared.
  const Json& at(std::string_view key) const;
  /// Where the value came from.
  const std::string& source(std::string_view key) const;
  /// Whether someone wrote the key (a file, --set, an option), so that it isn't a default.
  bool is_explicit(std::string_view key) const;

  bool get_bool(std::string_view key) const;
  std::int64_t get_int(std::string_view key) const;
  double get_double(std::string_view key) const;
  const std::string& get_string(std::string_view key) const;
  /// A string or null, as "" for null.
  std::string get_string_or_empty(std::string_view key) const;
  /// Lists; a single value stands for a list of one, null for an empty list.
  std::vector<std::int64_t> get_ints(std::string_view key) const;
  std::vector<std::string> get_strings(std::string_view key) const;
  /// Whether a list of strings has this one.
  bool lists(std::string_view key, std::string_view value) const;
  /// Nothing for null.
  std::optional<Intervals> get_intervals(std::string_view key) const;

  /// `compat: recbole`.
  bool recbole() const { return get_string("compat") == "recbole"; }
  NegativeSampling train_negatives() const;
  EvalMode eval_mode(Split split) const;
  CheckpointInterval checkpoint_interval() const;

  /// Throws the ConfigError about a key's value: "KEY (SOURCE): got VALUE, expected EXPECTED".
  [[noreturn]] void fail(std::string_view key, std::string_view expected) const;
  /// The same with what the table of keys expects.
  [[noreturn]] void fail(std::string_view key) const { fail(key, entry(key).key.expected()); }

  /// Every key with its value: what a run writes down.
  Json effective() const;
  /// The same without what belongs to a machine (paths, checkpoint_interval, ..): what a model file carries.
  Json portable() const;
  /// The keys that are paths (Key::path).
  std::vector<std::string> paths() const;
  /// One line per RecBole key that was written but means nothing here.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  struct Entry {
    Key key;
    Json value;
    std::string source = "default";
  };
  const Entry* find(std::string_view key) const;
  const Entry& entry(std::string_view key) const;
  bool is_written(const Entry& entry) const;
  Entry* find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }
  void declare(const Key& key);
  std::string remedy(const std::string& key, const std::vector<std::string>& known) const;
  void assign(const std::string& key, Json value, std::string source);
  void complete();
  /// Gives what is not written the default that `compat` says.
  void apply_compat();
  void complete_eval_args();
  void complete_negatives();
  void check_contradictions() const;

  std::string stored_in_;
  std::vector<std::pair<std::string, std::string>> keys_of_models_;
  std::vector<Entry> entries_;
  std::vector<std::string> notices_;
  std::shared_ptr<ConfigReads> reads_;  // null: nobody watches
};

/// The keys that every configuration has (RecBole's and those of `compat`), without a model's.
const std::vector<Key>& general_keys();
/// The key that others call so: "learning_rate" of "lr"; "" if there is none.
std::string synonym(std::string_view name);
/// RecBole's keys without a meaning here, each with the reason.
const std::vector<std::pair<std::string, std::string>>& ignored_keys();

/// A value as --set takes it: YAML or JSON (`None`, `True`, `1e-4` too), and what is neither is a string.
Json parse_setting(std::string_view text);

/// The same for a key that takes a text: what was typed, be it |, :: or yes, but for quotes around it and null.
Json parse_text_setting(std::string_view text);

/// A top-level entry of a YAML file.
struct YamlEntry {
  std::string key;
  Json value;
  int line;
};
/// A YAML map, with YAML 1.1's scalars as RecBole reads them (1e-4 is a number). Never evaluated. ConfigError naming
/// `name` and the line: syntax, duplicate or non-scalar keys, too deep or too large, no map.
std::vector<YamlEntry> parse_yaml(std::string_view text, const std::string& name);

}  // namespace seqrec::data
