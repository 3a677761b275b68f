#include "models/sampled_loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "kernels/build.h"

namespace seqrec::models {

SampledLoss::SampledLoss(const HyperParameters& keys, std::int64_t n_items)
    : others_(static_cast<double>(n_items - 2)) {
  if constexpr (!kTraining) return;
  const std::string& loss = keys.get_string("loss_type");
  const std::string& log_q = keys.get_string("logq");
  kind_ = loss == "sampled_softmax" ? Kind::Softmax : loss == "gbce" ? Kind::Gbce : Kind::None;
  log_q_ = log_q == "none" ? LogQ::None : log_q == "standard" ? LogQ::Standard : LogQ::Corrected;
  t_ = keys.get_double("gbce_t");
}

// With expected counts m and counts c, the sum over the negatives of c / m exp(s) estimates, without bias, that of
// exp(s) over all items but the target. The target is no sample: it stands beside them as it is. This is the corrected
// loss of Khrylchenko et al. (RecSys 2025, arXiv 2507.09331), -(1 - P) log(exp(s of the target) / sum of c / m exp(s))
// with P, the target's probability, as a constant: where P is of the same negatives, the gradients are equal.
nn::SampledClasses SampledLoss::input(const Index& targets, const SharedNegatives& negatives) const {
  if (kind_ == Kind::None) return {};
  require<ShapeError>(!negatives.empty(), "[sampled loss] expected negatives that the batch's rows share, got none");
  const std::vector<std::int32_t>& items = negatives.items;
  const auto n = static_cast<std::int32_t>(items.size());
  std::vector<std::int32_t> excluded(static_cast<std::size_t>(targets.size()));
  std::vector<double> excluded_counts(excluded.size()), positive_shifts(excluded.size()), shifts(items.size());
  for (std::size_t row = 0; row < excluded.size(); ++row) {
    const auto place = std::ranges::lower_bound(items, targets.host()[row]);
    const bool is_negative = place != items.end() && *place == targets.host()[row];
    excluded[row] = is_negative ? static_cast<std::int32_t>(place - items.begin()) : n + 1;
    if (is_negative) excluded_counts[row] = negatives.counts[excluded[row]];
    if (log_q_ == LogQ::Standard) positive_shifts[row] = -std::log(negatives.expected(targets.host()[row]));
  }
  if (kind_ == Kind::Gbce) {
    std::vector<std::int32_t> drawn;
    for (std::int32_t i = 0; i < n; ++i) drawn.insert(drawn.end(), negatives.counts[i], items[i]);
    require<ShapeError>(static_cast<double>(drawn.size()) <= others_, "[gbce] expected at most ", others_,
                        " negatives, the items beside a target, got ", drawn.size());
    return {.items = Index(std::move(drawn)),
            .excluded_counts = Numbers(std::move(excluded_counts)),
            .labels = Windows::adjacent(std::vector<std::int32_t>(excluded.size() + 1))};
  }
  for (std::int32_t i = 0; i < n; ++i)
    shifts[i] = std::log(negatives.counts[i]) - (log_q_ == LogQ::None ? 0 : std::log(negatives.expected(items[i])));
  return {.items = Index(items),
          .shifts = Numbers(std::move(shifts)),
          .positive_shifts = Numbers(std::move(positive_shifts)),
          .positive_class = Index(std::vector<std::int32_t>(excluded.size(), n)),
          .excluded = Index(std::move(excluded))};
}

nn::Variable SampledLoss::operator()(const nn::Variable& output, const nn::Embedding& items,
                                     const nn::Variable& positives, const nn::SampledClasses& negatives) const {
  const nn::Variable vectors = items(negatives.items);
  if (kind_ == Kind::Softmax) return nn::sampled_softmax_loss(output, positives, vectors, negatives);
  const double beta = nn::gbce_beta(static_cast<double>(negatives.items.size()), others_, t_);
  return nn::gbce_loss(output, positives, vectors, negatives, beta);
}

[[gnu::cold]] Key loss_type_key(std::vector<std::string> choices, KeyHelp help) {
  for (const char* sampled : {"sampled_softmax", "gbce"}) choices.push_back(sampled);
  Key key = Key::choice("loss_type", "CE", std::move(choices), help);
  if constexpr (kTraining)
    key.help += "; sampled_softmax: softmax over a sample of the items; gbce: gSASRec's binary cross-entropy with one";
  return key;
}

[[gnu::cold]] void add_sampled_loss_keys(std::vector<Key>& keys) {
  keys.push_back(
      Key::choice("logq", "corrected", {"none", "standard", "corrected"},
                  "of sampled_softmax: what is corrected by how often items are drawn. corrected: the negatives' "
                  "scores, for the gradients of CE but for chance; standard: the target's too; none: neither"));
  keys.push_back(Key::number("gbce_t", 0.75, {.min = 0, .max = 1},
                             "of gbce: 0 is the plain binary cross-entropy, 1 learns the probabilities of CE"));
}

}  // namespace seqrec::models
