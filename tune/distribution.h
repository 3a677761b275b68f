#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/random.h"

namespace seqrec::tune {

/// Where a key's values come from. Samplers see a value as a number, its coordinate: of a choice its place in the list,
/// of a loguniform value its natural logarithm, else the value itself.
struct Distribution {
  enum class Kind {
    Choice,      ///< one of some values
    Uniform,     ///< low <= x <= high
    LogUniform,  ///< its logarithm is uniform
    QUniform     ///< the nearest multiple of `step` to a uniform number, as hyperopt has it: perhaps beyond the bounds
  };
  Kind kind = Kind::Choice;
  std::vector<Json> choices = {};
  double low = 0, high = 0;         ///< of the coordinate
  double step = 0;                  ///< of QUniform
  std::vector<double> bounds = {};  ///< what SPACE.yaml has for a number: low and high of the value, the step

  /// A coordinate, any of them as likely as the distribution says.
  double sample(Random& random) const;
  /// The value of a coordinate.
  Json value(double coordinate) const;
  /// As SPACE.yaml has it: [32, 64] or {"uniform":[0.1,0.5]}.
  Json to_json() const;
};

/// "uniform", ...
const char* name_of(Distribution::Kind kind);

}  // namespace seqrec::tune
