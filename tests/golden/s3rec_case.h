#pragma once

#include <optional>

#include "core/safetensors.h"
#include "models/model.h"
#include "models/s3rec_input.h"

namespace seqrec::golden {

/// The items' attributes of a case whose config names an item_attribute: feat.item.FIELD, ids from 1, padded by 0.
void read_attributes(const Json& config, const SafetensorsReader& batch, models::ModelSpec& spec);

/// pretrain.*: RecBole's instances, left-padded; none in a case that doesn't pre-train.
std::optional<models::S3RecInstances> read_instances(const SafetensorsReader& batch);

}  // namespace seqrec::golden
