#pragma once

#include "models/fitted_model.h"

namespace seqrec::models {

/// The most popular items, the same for everyone: what every other model must beat. RecBole's Pop, with a rule about
/// items that are not taken again (FittedModel).
class Pop : public FittedModel {
 public:
  using FittedModel::FittedModel;

 protected:
  Scorer& scorer(Arena& arena) const override;
};

ModelInfo pop_info();

}  // namespace seqrec::models
