#include "data/shared_sampler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "data/alias_table.h"

namespace seqrec::data {
namespace {

// Random numbers set aside for one negative.
constexpr std::uint64_t kNumbersOfDraw = 64;

}  // namespace

struct SharedSampler::State {
  NegativeSampling sampling;
  std::int32_t n_items;
  double rows;                 // of all batches together
  std::vector<double> counts;  // how often an item is their target, where anything depends on it
  AliasTable popular;

  bool uses_targets() const {
    return sampling.distribution == NegativeSampling::Distribution::InBatch ||
           sampling.distribution == NegativeSampling::Distribution::Mixed;
  }
  /// Of an item that isn't the row's target, in a batch of so many rows: another row has each of the remaining targets
  /// with equal probability.
  double expected(std::int32_t item, std::int64_t batch_rows) const {
    const auto drawn = static_cast<double>(sampling.sample_num);
    if (sampling.distribution == NegativeSampling::Distribution::Popularity) return drawn * popular.probability(item);
    const double uniform = drawn / (n_items - 1);
    if (!uses_targets()) return uniform;
    const double others = std::max<double>(1, static_cast<double>(batch_rows - 1));
    return uniform + others * counts[item] / std::max(1.0, rows - 1);
  }
};

SharedSampler::SharedSampler(const Dataset& dataset, const NegativeSampling& sampling, const RowNumbers& numbers) {
  State state{sampling, dataset.n_items(), static_cast<double>(numbers.size()), {}, {}};
  if (sampling.distribution != NegativeSampling::Distribution::Uniform) {
    state.counts.resize(state.n_items);
    for (std::int64_t i = 0; i < numbers.size(); ++i) ++state.counts[dataset.target(dataset.train[numbers[i]])];
  }
  if (sampling.distribution == NegativeSampling::Distribution::Popularity) {
    for (std::size_t item = 1; item < state.counts.size(); ++item)
      state.counts[item] = std::max(1.0, state.counts[item]);
    state.popular = AliasTable(std::exchange(state.counts, {}), sampling.alpha);
  }
  state_ = std::make_shared<const State>(std::move(state));
}

SharedNegatives SharedSampler::draw(RandomStream stream, std::int64_t step,
                                    std::span<const std::int32_t> targets) const {
  std::vector<std::int32_t> drawn;
  if (state_->uses_targets()) drawn.assign(targets.begin(), targets.end());
  const auto first = static_cast<std::uint64_t>(step * state_->sampling.sample_num);
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state_->sampling.sample_num); ++i) {
    Random random(stream, (first + i) * kNumbersOfDraw);
    drawn.push_back(state_->sampling.distribution == NegativeSampling::Distribution::Popularity
                        ? state_->popular.draw(random)
                        : static_cast<std::int32_t>(1 + random.below(static_cast<std::uint32_t>(state_->n_items - 1))));
  }
  std::ranges::sort(drawn);
  SharedNegatives negatives;
  for (const std::int32_t item : drawn) {
    if (negatives.items.empty() || negatives.items.back() != item) {
      negatives.items.push_back(item);
      negatives.counts.push_back(0);
    }
    ++negatives.counts.back();
  }
  negatives.expected = [state = state_, rows = std::ssize(targets)](std::int32_t item) {
    return state->expected(item, rows);
  };
  return negatives;
}

}  // namespace seqrec::data
