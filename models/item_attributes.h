#pragma once

#include <cstdint>
#include <vector>

#include "core/windows.h"

namespace seqrec::models {

/// The attributes that items have (RecBole's item_attribute), for a model that learns from them: a CSR by item id. No
/// Feature, which a model embeds as it stands: these are the classes of a loss, so an item has a set of them, and there
/// is none for "missing". A model file holds their number and tokens, not who has which.
struct ItemAttributes {
  std::vector<std::int32_t> offsets;  ///< [n_items + 1]
  Index ids;                          ///< counted from 0, without padding; an item's ascending, without repeats
  bool single_valued = false;         ///< the column holds one token per item

  /// For each item the window over `ids` that holds its attributes.
  Windows windows_of(const Index& items) const;
  /// The same with an attribute for each item (not padding) that has none.
  ItemAttributes with_missing(std::int32_t id) const;
};

}  // namespace seqrec::models
