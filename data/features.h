#pragma once

#include "data/dataset.h"
#include "data/raw.h"

namespace seqrec::data {

/// The columns of .user or .item by final id: `file_ids` are the provisional ids of the file's rows, `rows` those that
/// the filters left, `space` the ids of the rows. Call it after all ids are final.
FeatureTable make_features(const Raw& raw, const Config& config, const AtomicTable& table, const IdSpace& space,
                           std::span<const std::int32_t> file_ids, std::span<const std::int32_t> rows,
                           const std::string& id_field);

}  // namespace seqrec::data
