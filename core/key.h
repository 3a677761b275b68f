#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace seqrec {

/// Which whole numbers a key takes. Without a `max` it is a size or a count of things in memory.
struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = 1 << 30;
};
/// Numbers of no such thing, as large as one likes.
constexpr IntegerRange kFromZero{.min = 0, .max = std::numeric_limits<std::int64_t>::max()};
constexpr IntegerRange kFromOne{.min = 1, .max = std::numeric_limits<std::int64_t>::max()};

/// Which finite numbers a key takes: min <= x <= max, above < x < below.
struct NumberRange {
  double min = -std::numeric_limits<double>::infinity(), above = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity(), below = std::numeric_limits<double>::infinity();
};

/// A key's line of help. libseqrec, which shows none, has none.
class KeyHelp {
 public:
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view>
#ifdef SEQREC_INFERENCE
  KeyHelp(const Text&) {
  }
  std::string text() const { return {}; }
#else
  KeyHelp(const Text& text) : text_(text) {
  }
  std::string text() const { return std::string(text_); }

 private:
  std::string_view text_;  // of the caller's
#endif
};

/// A configuration key: its name, what it may be, its default. The table of RecBole's keys (data/config_keys.cpp) and
/// each model's own are made of the functions below; what they say is checked in one place, `check`, whether the value
/// comes from a file, the command line or a model file, and shown by `--list-keys`.
///
/// Null (`~`, `None`) is a legal value where it is the default, for a key of `any` kind, and as a list of no texts.
struct Key {
  enum class Type { Any, Boolean, Integer, Number, Text, Map, Unsupported };

  /// The two defaults of a key that follows `compat` unless it is written; null stands for that, too.
  struct ByCompat {
    Json fixed, recbole;
  };

  static Key boolean(std::string_view name, Json default_value, KeyHelp help);
  static Key integer(std::string_view name, Json default_value, IntegerRange range, KeyHelp help);
  static Key number(std::string_view name, Json default_value, NumberRange range, KeyHelp help);
  static Key text(std::string_view name, Json default_value, KeyHelp help);
  /// A text that says where a machine keeps something: it isn't stored in a model file.
  static Key path(std::string_view name, Json default_value, KeyHelp help);
  /// One of some words.
  static Key choice(std::string_view name, Json default_value, std::vector<std::string> choices, KeyHelp help);
  /// One of some words, or true or false (without `choices`), whose default depends on `compat`.
  static Key by_compat(std::string_view name, ByCompat defaults, std::vector<std::string> choices, KeyHelp help);
  static Key by_compat(std::string_view name, KeyHelp help);  ///< `fixed` or `recbole`, as `compat`
  /// `compat` itself.
  static Key compat();
  /// Lists; a single value stands for a list of one. Of numbers there is at least one, or as many as `count` says.
  static Key integers(std::string_view name, Json default_value, IntegerRange range, KeyHelp help);
  static Key numbers(std::string_view name, Json default_value, NumberRange range, KeyHelp help);
  static Key numbers(std::string_view name, Json default_value, NumberRange range, std::size_t count, KeyHelp help);
  static Key texts(std::string_view name, Json default_value, KeyHelp help);
  static Key choices_of(std::string_view name, Json default_value, std::vector<std::string> choices, KeyHelp help);
  static Key list(std::string_view name, Json default_value, KeyHelp help);
  static Key map(std::string_view name, Json default_value, KeyHelp help);
  /// Checked by who reads it, who words an error with `expected`.
  static Key any(std::string_view name, Json default_value, std::string_view expected, KeyHelp help);
  /// A key of RecBole's that is known but not supported: only null, false, "" or empty.
  static Key unsupported(std::string_view name, Json default_value = nullptr);
  /// Another default of a key that every model has: what kind of key it is stands there.
  static Key other_default(std::string_view name, Json default_value);

  /// The value as it is kept: 2.0 is the whole number 2, a number where a text is expected is the text (a dataset
  /// "2020"). ConfigError as `fail` gives it if the key can't be that.
  Json check(Json value, std::string_view source) const;
  /// Throws the ConfigError "NAME (SOURCE): got VALUE, expected EXPECTED"; without "(SOURCE)" if that is empty.
  [[noreturn]] void fail(const Json& value, std::string_view source, std::string_view expected) const;
  /// What the key may be, in words: "a whole number from 1 to 250", "one of rows, histories".
  std::string expected() const;
  /// The default under a `compat`.
  const Json& default_under(bool recbole) const {
    return recbole && recbole_default ? *recbole_default : default_value;
  }
  /// Whether it takes a single text, so that a number or a word like `yes` is one.
  bool takes_text() const { return type == Type::Text && !is_list; }

  std::string name;
  Type type = Type::Any;
  Json default_value;
  std::string help;  ///< one line
  IntegerRange integer_range = {};
  NumberRange number_range = {};
  std::vector<std::string> choices = {};
  bool is_list = false;
  std::optional<std::size_t> count = {};     ///< of a list's elements
  std::optional<Json> recbole_default = {};  ///< the default under `compat: recbole`, if the key follows it
  std::string any_of = "any value";          ///< what a key of `any` kind may be, in words
  bool local = false;                        ///< of a machine, or of a run's folder alone: not in a model file
  bool only_default = false;                 ///< made by other_default
};

/// All values of a table of keys, but of local ones: those given, checked, and for the rest the defaults, which
/// `compat` among the values decides where they depend on it. ConfigError as Key::check. Values of no key are left out.
Json complete_values(const std::vector<Key>& keys, const Json& values, std::string_view source);

}  // namespace seqrec
