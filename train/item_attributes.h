#pragma once

#include "data/config.h"
#include "data/dataset.h"
#include "models/model.h"

namespace seqrec::train {

/// Gives the spec of a model that takes them (BatchNeeds::item_column_key) the items' attributes. DataError if the
/// column is missing, of a type other than token and token_seq, or empty.
void add_item_attributes(models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config);

}  // namespace seqrec::train
