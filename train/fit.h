#pragma once

#include "data/config.h"
#include "data/dataset.h"
#include "models/model_spec.h"

namespace seqrec::train {

/// Fits a model without parameters to the training rows: its tensors are in the spec, and a model that is made from
/// that is whole. Nothing to do for all others.
void fit(models::ModelSpec& spec, const data::Dataset& dataset);

/// What a run of such a model has to say of its configuration: the keys that someone wrote and that only training by
/// gradients reads. Empty if there are none. ConfigError where parameters are asked for to begin with.
std::string check_fit(const models::ModelSpec& spec, const data::Config& config);

}  // namespace seqrec::train
