#pragma once

#include "models/fitted_model.h"

namespace seqrec::models {

/// What followed the last item: the transitions of a Markov chain of first order, counted. An item that followed it n
/// times has the score n + its popularity, which decides between equal counts (FittedModel).
///
/// Tensors beside FittedModel's: `successor_offsets` I64 [n_items + 1], `successor_items` I32 [pairs], the different
/// items that followed each item as targets of training rows, ascending; `successor_counts` I64 [pairs], how often.
class Markov : public FittedModel {
 public:
  Markov(const ModelSpec& spec, nn::Scope at);

 protected:
  Scorer& scorer(Arena& arena) const override;

 private:
  class LastItem;

  std::span<const std::int64_t> offsets_;
  std::span<const std::int32_t> items_;
  std::span<const std::int64_t> counts_;
};

ModelInfo markov_info();

}  // namespace seqrec::models
