#include "data/negative_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seqrec::data {
namespace {

// Random numbers set aside for one negative; a popular draw that is refused more often reads on into the next one's.
constexpr std::uint64_t kNumbersPerDraw = 64;
// Popular draws of the target itself before the others are drawn from alone.
constexpr int kMostRefused = 1000;

}  // namespace

NegativeSampler::NegativeSampler(const Dataset& dataset, const NegativeSampling& sampling)
    : sampling_(sampling), n_items_(dataset.n_items()) {
  require<DataError>(n_items_ > 2, dataset.name, ": negatives need at least two items, there is ", n_items_ - 1);
  if (sampling.distribution != NegativeSampling::Distribution::Popularity) return;

  std::vector<double> weights(n_items_);
  for (const Split split : {Split::Train, Split::Valid, Split::Test}) {
    if (dataset.by_time && split != Split::Train) continue;
    const auto counts = item_counts(dataset, dataset.rows(split));
    for (std::size_t item = 0; item < counts.size(); ++item) weights[item] += static_cast<double>(counts[item]);
  }
  double least = std::numeric_limits<double>::infinity(), most = 0, sum = 0;
  for (const double weight : weights)
    if (weight > 0) least = std::min(least, weight), most = std::max(most, weight);
  for (std::int32_t item = 1; item < n_items_; ++item)
    if (weights[item] > 0) {
      candidates_.push_back(item);
      weights_.push_back(std::pow(weights[item] / (sampling.alpha < 0 ? least : most), sampling.alpha));  // at most 1
      sum += weights_.back();
    }
  keep_ = weights_;
  require<DataError>(candidates_.size() > 1, dataset.name,
                     ": popularity negatives need at least two items that are targets");

  // Walker's alias method (Vose): every column has a share of 1, filled up by one larger item.
  std::vector<std::size_t> small, large;
  alias_ = candidates_;
  for (std::size_t i = 0; i < keep_.size(); ++i) {
    keep_[i] *= static_cast<double>(keep_.size()) / sum;
    (keep_[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t s = small.back(), l = large.back();
    small.pop_back();
    alias_[s] = candidates_[l];
    keep_[l] -= 1 - keep_[s];
    if (keep_[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

std::int32_t NegativeSampler::draw_popular(Random& random) const {
  const std::uint32_t column = random.below(static_cast<std::uint32_t>(candidates_.size()));
  return random.uniform() < keep_[column] ? candidates_[column] : alias_[column];
}

/// For a target that is nearly all there is.
std::int32_t NegativeSampler::draw_popular_but(std::int32_t target, Random& random) const {
  double sum = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) sum += candidates_[i] == target ? 0 : weights_[i];
  double left = sum * random.uniform();
  std::int32_t item = target;
  for (std::size_t i = 0; i < candidates_.size() && (item == target || left >= 0); ++i) {
    if (candidates_[i] == target) continue;
    item = candidates_[i];
    left -= weights_[i];
  }
  return item;
}

void NegativeSampler::draw(RandomStream stream, std::int64_t row, std::int32_t target,
                           std::vector<std::int32_t>& out) const {
  const auto first = static_cast<std::uint64_t>(row * sampling_.sample_num);
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(sampling_.sample_num); ++k) {
    Random random(stream, (first + k) * kNumbersPerDraw);
    if (sampling_.distribution == NegativeSampling::Distribution::Uniform) {
      const auto other = static_cast<std::int32_t>(1 + random.below(static_cast<std::uint32_t>(n_items_ - 2)));
      out.push_back(other >= target ? other + 1 : other);
    } else {
      std::int32_t item = draw_popular(random);
      for (int refused = 1; item == target && refused < kMostRefused; ++refused) item = draw_popular(random);
      if (item == target) item = draw_popular_but(target, random);
      out.push_back(item);
    }
  }
}

HistoryNegatives::HistoryNegatives(const Dataset& dataset, std::uint64_t seed, bool aligned)
    : stream_(random_stream(seed, Purpose::HistoryNegatives)), n_items_(dataset.n_items()), aligned_(aligned) {
  require<DataError>(n_items_ > (aligned ? 2 : 1), dataset.name, ": negatives of a history need at least ",
                     aligned ? "two items" : "an item", ", there is ", n_items_ - 1);
}

std::int32_t HistoryNegatives::at(std::int64_t place, std::int32_t item) const {
  Random random(stream_, static_cast<std::uint64_t>(place) * kNumbersPerDraw);
  if (!aligned_) return static_cast<std::int32_t>(1 + random.below(static_cast<std::uint32_t>(n_items_ - 1)));
  const auto other = static_cast<std::int32_t>(1 + random.below(static_cast<std::uint32_t>(n_items_ - 2)));
  return other >= item ? other + 1 : other;
}

}  // namespace seqrec::data
