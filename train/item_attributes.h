#pragma once

#include "data/config.h"
#include "data/dataset.h"
#include "models/model.h"

namespace seqrec::train {

/// Gives the spec of a model that takes them (BatchNeeds::item_column_key) the items' attributes, in the order that the
/// key names the columns in. One that does without them gets none unless all columns are there. DataError if a column
/// is missing, of a type other than token and token_seq, or empty; ConfigError if it is named twice.
void add_item_attributes(models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config);

}  // namespace seqrec::train
