#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace seqrec::data {

/// Writes DIR/ids.json (field -> tokens in id order, id 0 is padding) and DIR/splits.safetensors (I64:
/// `{train,valid,test}.{user_id,item_id,item_id_list,item_length}`, item_id_list right-padded with 0 to
/// MAX_ITEM_LIST_LENGTH; the names follow USER_ID_FIELD, ITEM_ID_FIELD, LIST_SUFFIX and ITEM_LIST_LENGTH_FIELD). Makes
/// the folder. IoError if it can't be written.
void export_dataset(const Dataset& dataset, const Config& config, const std::filesystem::path& folder);

}  // namespace seqrec::data
