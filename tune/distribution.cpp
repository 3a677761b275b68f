#include "tune/distribution.h"

#include <algorithm>
#include <cmath>

namespace seqrec::tune {

double Distribution::sample(Random& random) const {
  if (kind == Kind::Choice) return random.below(static_cast<std::uint32_t>(choices.size()));
  return low + (high - low) * random.uniform();
}

Json Distribution::value(double coordinate) const {
  switch (kind) {
    case Kind::Choice: return choices[static_cast<std::size_t>(coordinate)];
    case Kind::Uniform: return coordinate;
    case Kind::LogUniform: return std::exp(coordinate);
    case Kind::QUniform: break;
  }
  const double value = std::nearbyint(coordinate / step) * step;
  constexpr double kExact = 0x1p53;  // whole numbers below it have no neighbours that are nearer than one
  if (std::nearbyint(value) == value && std::abs(value) < kExact) return static_cast<std::int64_t>(value);
  return value;
}

Json Distribution::to_json() const {
  if (kind == Kind::Choice) return choices;
  return Json::Object{{name_of(kind), Json::Array(bounds.begin(), bounds.end())}};
}

const char* name_of(Distribution::Kind kind) {
  constexpr const char* kNames[] = {"choice", "uniform", "loguniform", "quniform"};
  return kNames[static_cast<int>(kind)];
}

}  // namespace seqrec::tune
