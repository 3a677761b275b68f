#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/vocabulary.h"
#include "data/config.h"

namespace seqrec::data {

/// Pre-trained vectors of users or items.
struct PreloadedVectors {
  bool of_items = true;
  std::string file, field;  ///< where they come from
  std::int64_t width = 0;
  std::vector<std::int32_t> ids;  ///< who has one, each once; never 0
  std::vector<float> values;      ///< [ids, width], finite
};

/// What RecBole's `preload_weight: {ID: VECTOR}` names, one entry after the other: columns ID:token and
/// VECTOR:float_seq of NAME.item (NAME.user) or of a file NAME.SUFFIX that `additional_feat_suffix` names, whichever is
/// first to have both. ID is the field of users or items or an alias of it (alias_of_user_id, alias_of_item_id). Tokens
/// that the vocabularies don't hold are passed over; RecBole makes users and items of them. ConfigError for a map of
/// anything else; IoError for a file that isn't there; DataError naming the file, and the line where there is one: no
/// such columns, other types, vectors of different widths, a token twice, vectors of no one.
std::vector<PreloadedVectors> preload_weight(const Config& config, const Vocabulary& users, const Vocabulary& items);

}  // namespace seqrec::data
