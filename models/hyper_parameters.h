#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace seqrec::models {

/// A hyper-parameter that is not what it must be: `KEY: got VALUE, expected ...`. It names the key, so that who has the
/// configuration can say where the value came from.
struct KeyError : ConfigError {
  KeyError(std::string_view key_, const Json& value, const std::string& expected_)
      : ConfigError(concat(key_, ": got ", value.dump(), ", expected ", expected_)), key(key_), expected(expected_) {}
  std::string key, expected;
};

/// Reads a model's hyper-parameters (ModelSpec); every failure is a KeyError.
class HyperParameters {
 public:
  /// The map must outlive it.
  explicit HyperParameters(const Json& values) : values_(values) {}

  std::int64_t get_int(std::string_view key, std::int64_t least, std::int64_t most = 1 << 30) const;
  double get_double(std::string_view key, double least, double most) const;
  /// A probability to drop an element with: at least 0, and below 1.
  double get_dropout(std::string_view key) const;
  bool get_bool(std::string_view key) const;
  /// One of the choices.
  std::string get_choice(std::string_view key, std::initializer_list<std::string_view> choices) const;
  /// A list of `count` numbers, none negative.
  std::vector<double> get_doubles(std::string_view key, std::size_t count) const;
  /// A list of at least one whole number, none below `least`.
  std::vector<std::int64_t> get_ints(std::string_view key, std::int64_t least) const;
  /// One of the choices; null: the first of `by_compat` under `compat: fixed`, the second under `recbole`.
  std::string get_choice_by_compat(std::string_view key, std::pair<std::string_view, std::string_view> by_compat,
                                   std::initializer_list<std::string_view> choices) const;
  /// A switch "fixed" or "recbole" whose default, null, is what `compat` says.
  bool follows_recbole(std::string_view key) const;

 private:
  const Json& at(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, const std::string& expected) const;
  const Json& values_;
};

}  // namespace seqrec::models
