#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tune/space.h"

namespace seqrec::tune {

/// A trial that is known to have come to something.
struct Observation {
  Point point;
  std::int64_t epochs = 0;      ///< that it was trained for, as the schedule gave them
  std::optional<double> value;  ///< of the objective, larger is better; none: it failed
};

/// Says which configuration a trial has. It keeps nothing: the same arguments give the same point.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// The point of trial `number` (from 1), made of what is known of the trials before it.
  virtual Point suggest(std::int64_t number, std::span<const Observation> known) const = 0;
  /// Whether what is known matters.
  virtual bool learns() const { return false; }
  /// How many trials there can be, where that is limited.
  virtual std::optional<std::int64_t> trials() const { return std::nullopt; }
};

enum class SamplerKind { Grid, Random, Tpe };
/// "grid", ...
const char* name_of(SamplerKind kind);

/// Every combination of choices, that of the file's last key changing first. ConfigError for a space with a key that
/// is no list of choices.
std::unique_ptr<Sampler> grid_sampler(const Space& space);
/// Independent draws.
std::unique_ptr<Sampler> random_sampler(const Space& space, std::uint64_t seed);
/// The tree-structured Parzen estimator (tune/tpe.cpp): ten random trials, then what the best of them have in common.
std::unique_ptr<Sampler> tpe_sampler(const Space& space, std::uint64_t seed);

std::unique_ptr<Sampler> make_sampler(SamplerKind kind, const Space& space, std::uint64_t seed);

}  // namespace seqrec::tune
