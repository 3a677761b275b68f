#pragma once

#include "data/dataset.h"
#include "models/training_sessions.h"

namespace seqrec::train {

/// What a model without parameters is fitted to: of each history all up to its last training row's target.
models::TrainingSessions training_sessions(const data::Dataset& dataset);

}  // namespace seqrec::train
