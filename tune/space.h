#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/config.h"
#include "tune/distribution.h"

namespace seqrec::tune {

/// A key that is tuned.
struct Parameter {
  std::string key;
  Distribution distribution;
  std::string source = {};  ///< "space.yaml:3"
};

/// A coordinate for each parameter (tune/distribution.h).
using Point = std::vector<double>;

/// The keys that are tuned, in the order of the file.
struct Space {
  std::vector<Parameter> parameters;

  /// Number of combinations; 0 where a parameter is no choice.
  std::int64_t combinations() const;
  /// Any point, each as likely as the distributions say.
  Point sample(Random& random) const;
  /// The settings of a point, as options of the configuration.
  std::vector<data::ConfigInput::Option> options(const Point& point) const;
  /// {"learning_rate":0.003,"embedding_size":64}
  Json values(const Point& point) const;
  /// {"learning_rate":{"loguniform":[0.0001,0.1]},"embedding_size":[32,64]}
  Json to_json() const;
};

/// Reads SPACE.yaml, or a file in RecBole's format, which its lines tell: `KEY choice [..]`. ConfigError naming file
/// and line: syntax, bounds out of order, a distribution that isn't known, no key.
Space read_space(const std::filesystem::path& file);
/// The two formats, of a text. `name` is the file's, for errors.
Space parse_yaml_space(std::string_view text, const std::string& name);
Space parse_hyper_space(std::string_view text, const std::string& name);

/// A key with its value as SPACE.yaml has it.
Parameter parse_parameter(const std::string& key, const Json& value, const std::string& source);

/// Checks every parameter against the keys and what each may be, and gives choices the key's form: RecBole's
/// '[0.01,1e-4]' is a list where the key takes one. A value may need one of another key beside it; which of them go
/// together is the trials' affair. ConfigError as the configuration's own (an unknown key has a hint), for a choice
/// that is there twice, and for keys that can't differ between trials.
void check_space(Space& space, const data::Config& base);

}  // namespace seqrec::tune
