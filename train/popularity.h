#pragma once

#include "data/config.h"
#include "data/dataset.h"
#include "train/metrics.h"

namespace seqrec::train {

/// The baseline that every model must beat: all users get the items that are most often targets in training. Its
/// metrics on a split, under the same evaluation as a model's, rounded.
MetricValues popularity_metrics(const data::Dataset& dataset, data::Split split, const data::Config& config);

}  // namespace seqrec::train
