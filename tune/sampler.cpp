#include "tune/sampler.h"

#include "core/error.h"

namespace seqrec::tune {
namespace {

class Grid : public Sampler {
 public:
  explicit Grid(const Space& space) : space_(space) {
    for (const Parameter& parameter : space.parameters)
      require<ConfigError>(parameter.distribution.kind == Distribution::Kind::Choice, parameter.key, " (",
                           parameter.source, "): got ", name_of(parameter.distribution.kind),
                           ", expected a list of choices: a grid has no other");
  }
  Point suggest(std::int64_t number, std::span<const Observation>) const override {
    Point out(space_.parameters.size());
    std::int64_t rest = number - 1;
    for (std::size_t i = out.size(); i-- > 0;) {
      const auto n = static_cast<std::int64_t>(space_.parameters[i].distribution.choices.size());
      out[i] = static_cast<double>(rest % n);
      rest /= n;
    }
    return out;
  }
  std::optional<std::int64_t> trials() const override { return space_.combinations(); }

 private:
  const Space space_;
};

class Independent : public Sampler {
 public:
  Independent(const Space& space, std::uint64_t seed) : space_(space), seed_(seed) {}
  Point suggest(std::int64_t number, std::span<const Observation>) const override {
    Random random(random_stream(seed_, Purpose::Tune, static_cast<std::uint64_t>(number)));
    return space_.sample(random);
  }

 private:
  const Space space_;
  const std::uint64_t seed_;
};

}  // namespace

const char* name_of(SamplerKind kind) {
  constexpr const char* kNames[] = {"grid", "random", "tpe"};
  return kNames[static_cast<int>(kind)];
}

std::unique_ptr<Sampler> grid_sampler(const Space& space) { return std::make_unique<Grid>(space); }
std::unique_ptr<Sampler> random_sampler(const Space& space, std::uint64_t seed) {
  return std::make_unique<Independent>(space, seed);
}

std::unique_ptr<Sampler> make_sampler(SamplerKind kind, const Space& space, std::uint64_t seed) {
  switch (kind) {
    case SamplerKind::Grid: return grid_sampler(space);
    case SamplerKind::Random: return random_sampler(space, seed);
    case SamplerKind::Tpe: break;
  }
  return tpe_sampler(space, seed);
}

}  // namespace seqrec::tune
