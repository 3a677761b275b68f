#include "data/negative_sampler.h"

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
  popular_ = AliasTable(weights, sampling.alpha);
  require<DataError>(popular_.items().size() > 1, dataset.name,
                     ": popularity negatives need at least two items that are targets");
}

/// For a target that is nearly all there is.
std::int32_t NegativeSampler::draw_popular_but(std::int32_t target, Random& random) const {
  const std::vector<std::int32_t>& items = popular_.items();
  const std::vector<double>& weights = popular_.weights();
  double sum = 0;
  for (std::size_t i = 0; i < items.size(); ++i) sum += items[i] == target ? 0 : weights[i];
  double left = sum * random.uniform();
  std::int32_t item = target;
  for (std::size_t i = 0; i < items.size() && (item == target || left >= 0); ++i) {
    if (items[i] == target) continue;
    item = items[i];
    left -= weights[i];
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
      std::int32_t item = popular_.draw(random);
      for (int refused = 1; item == target && refused < kMostRefused; ++refused) item = popular_.draw(random);
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
