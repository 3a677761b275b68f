#include "models/markov.h"

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "kernels/build.h"

namespace seqrec::models {
namespace {

FittedTensors fit_markov(const ModelSpec& spec, const TrainingSessions& sessions) {
  if constexpr (!kTraining) return {};
  std::vector<std::uint64_t> pairs;  // (item, its successor)
  for (std::int64_t s = 0; s < sessions.size(); ++s)
    for (std::int64_t place = sessions.offsets[s] + 1; place < sessions.offsets[s + 1]; ++place)
      if (sessions.is_target[place])
        pairs.push_back(static_cast<std::uint64_t>(sessions.items[place - 1]) << 32 |
                        static_cast<std::uint32_t>(sessions.items[place]));
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(spec.n_items) + 1), counts;
  std::vector<std::int32_t> items;
  for (std::size_t i = 0, end; i < pairs.size(); i = end) {
    for (end = i; end < pairs.size() && pairs[end] == pairs[i]; ++end) continue;
    items.push_back(static_cast<std::int32_t>(pairs[i]));
    counts.push_back(static_cast<std::int64_t>(end - i));
    ++offsets[(pairs[i] >> 32) + 1];
  }
  for (std::size_t item = 1; item < offsets.size(); ++item) offsets[item] += offsets[item - 1];
  FittedTensors fitted = fit_counts(spec, sessions);
  fitted.emplace_back("successor_offsets", Tensor::from(offsets, {std::ssize(offsets)}));
  fitted.emplace_back("successor_items", Tensor::from(items, {std::ssize(items)}));
  fitted.emplace_back("successor_counts", Tensor::from(counts, {std::ssize(counts)}));
  return fitted;
}

}  // namespace

class Markov::LastItem final : public Scorer {
 public:
  explicit LastItem(const Markov& model) : model_(model) {}

  std::span<Scored> own_scores(std::span<const std::int32_t> window, Arena& arena) override {
    const std::int32_t last = window.back();
    const std::int64_t begin = model_.offsets_[last], end = model_.offsets_[last + 1];
    const std::span<Scored> out = arena.take<Scored>(end - begin);
    for (std::int64_t pair = begin; pair < end; ++pair) {
      const std::int32_t item = model_.items_[pair];
      out[pair - begin] = {item,
                           static_cast<float>(static_cast<double>(model_.counts_[pair]) + model_.popularity(item))};
    }
    return out;
  }

 private:
  const Markov& model_;
};

Markov::Markov(const ModelSpec& spec, nn::Scope at) : FittedModel(spec, std::move(at)) {
  const auto [offsets, items] = take_lists(spec, "successor", spec.n_items);
  offsets_ = offsets.span<std::int64_t>();
  items_ = items.span<std::int32_t>();
  counts_ = take(spec, "successor_counts", DType::I64, {items.numel()}).span<std::int64_t>();
  for (const std::int64_t count : counts_)
    require<FormatError>(count >= 1, "successor_counts must be from 1 on, got ", count);
}

FittedModel::Scorer& Markov::scorer(Arena& arena) const {
  return *std::construct_at(arena.take<LastItem>(1).data(), *this);
}

ModelInfo markov_info() {
  return {.name = "Markov", .keys = {FittedModel::remind_key()}, .make = maker<Markov>, .fit = fit_markov};
}

}  // namespace seqrec::models
