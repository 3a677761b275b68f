// The tree-structured Parzen estimator: Bergstra, Bardenet, Bengio & Kégl, "Algorithms for hyper-parameter
// optimization", NIPS 2011, section 4. The best trials give a density l of good configurations, the others one of bad
// ones, g; of some points drawn from l the one with the largest l/g is tried, which has the largest expected
// improvement.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>
#include <utility>

#include "tune/sampler.h"

namespace seqrec::tune {
namespace {

constexpr std::size_t kRandomTrials = 10;  // before there is anything to learn from
constexpr double kGood = 0.15;             // the paper's gamma: the share of trials that are good
constexpr int kCandidates = 24;            // hyperopt's number of points drawn from l

/// The density of a choice: how often each was taken, and once more in all by the prior.
class Counts {
 public:
  Counts(const Distribution& distribution, const std::vector<double>& seen) {
    const auto n = distribution.choices.size();
    weights_.assign(n, 1.0 / static_cast<double>(n));
    for (const double place : seen) weights_[static_cast<std::size_t>(place)] += 1;
    total_ = static_cast<double>(seen.size()) + 1;
  }
  double draw(Random& random) const {
    double rest = random.uniform() * total_;
    for (std::size_t i = 0; i + 1 < weights_.size(); ++i)
      if ((rest -= weights_[i]) < 0) return static_cast<double>(i);
    return static_cast<double>(weights_.size() - 1);
  }
  double log_density(double place) const { return std::log(weights_[static_cast<std::size_t>(place)] / total_); }

 private:
  std::vector<double> weights_;
  double total_ = 0;
};

/// That of a number between two bounds: a mixture of the uniform prior and a Gaussian, cut at the bounds, around each
/// number that was seen, as wide as the further of its neighbours is away; a single one half as wide as all.
class Parzen {
 public:
  Parzen(const Distribution& distribution, std::vector<double> seen)
      : low_(distribution.low), high_(distribution.high), centres_(std::move(seen)) {
    std::ranges::sort(centres_);
    const std::size_t n = centres_.size();
    const double range = high_ - low_;
    const double least = range / std::min(100.0, static_cast<double>(n) + 1);
    for (std::size_t i = 0; i < n; ++i) {
      const double left = i > 0 ? centres_[i] - centres_[i - 1] : 0;
      const double right = i + 1 < n ? centres_[i + 1] - centres_[i] : 0;
      widths_.push_back(n == 1 ? range / 2 : std::clamp(std::max(left, right), least, range));
    }
  }
  double draw(Random& random) const {
    const std::size_t part = random.below(static_cast<std::uint32_t>(centres_.size() + 1));
    if (part < centres_.size())
      for (int attempt = 0; attempt < 100; ++attempt)  // each hits with a chance of a third at least
        if (const double x = centres_[part] + widths_[part] * random.normal(); x >= low_ && x <= high_) return x;
    return low_ + (high_ - low_) * random.uniform();
  }
  double log_density(double x) const {
    double sum = 1 / (high_ - low_);
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      const double at = (x - centres_[i]) / widths_[i];
      const double within = below((high_ - centres_[i]) / widths_[i]) - below((low_ - centres_[i]) / widths_[i]);
      sum += std::exp(-0.5 * at * at) / (widths_[i] * std::sqrt(2 * std::numbers::pi) * within);
    }
    return std::log(sum / static_cast<double>(centres_.size() + 1));
  }

 private:
  /// The standard normal distribution.
  static double below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

  double low_, high_;
  std::vector<double> centres_, widths_;
};

template <class Density>
double best_ratio(const Distribution& distribution, const std::vector<double>& good, const std::vector<double>& bad,
                  Random& random) {
  const Density l(distribution, good), g(distribution, bad);
  double best = 0, best_ratio = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < kCandidates; ++i) {
    const double x = l.draw(random), ratio = l.log_density(x) - g.log_density(x);
    if (ratio > best_ratio) std::tie(best, best_ratio) = std::pair(x, ratio);
  }
  return best;
}

/// Whether a trial is more to be followed than another one: it got further, for which it had to be among the best, or
/// as far to a better value.
bool is_better(const Observation& a, const Observation& b) {
  if (a.value.has_value() != b.value.has_value()) return a.value.has_value();
  if (a.epochs != b.epochs) return a.epochs > b.epochs;
  return a.value > b.value;
}

class Tpe : public Sampler {
 public:
  Tpe(const Space& space, std::uint64_t seed) : space_(space), seed_(seed) {}

  Point suggest(std::int64_t number, std::span<const Observation> known) const override {
    Random random(random_stream(seed_, Purpose::Tune, static_cast<std::uint64_t>(number)));
    if (known.size() < kRandomTrials) return space_.sample(random);
    std::vector<const Observation*> sorted;
    for (const Observation& one : known) sorted.push_back(&one);
    std::ranges::stable_sort(sorted, [](const auto* a, const auto* b) { return is_better(*a, *b); });
    const auto n_good = static_cast<std::size_t>(std::ceil(kGood * static_cast<double>(sorted.size())));
    Point out;
    for (std::size_t i = 0; i < space_.parameters.size(); ++i) {
      std::vector<double> good, bad;
      for (std::size_t j = 0; j < sorted.size(); ++j) (j < n_good ? good : bad).push_back(sorted[j]->point[i]);
      const Distribution& distribution = space_.parameters[i].distribution;
      out.push_back(distribution.kind == Distribution::Kind::Choice
                        ? best_ratio<Counts>(distribution, good, bad, random)
                        : best_ratio<Parzen>(distribution, good, bad, random));
    }
    return out;
  }
  bool learns() const override { return true; }

 private:
  const Space space_;
  const std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Sampler> tpe_sampler(const Space& space, std::uint64_t seed) {
  return std::make_unique<Tpe>(space, seed);
}

}  // namespace seqrec::tune
