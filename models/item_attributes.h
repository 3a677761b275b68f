#pragma once

#include <cstdint>
#include <vector>

#include "core/windows.h"

namespace seqrec::models {

/// The attributes that items have (RecBole's item_attribute), for a model that learns from them: a CSR by item id. No
/// Feature, which a model embeds as it stands: these are the classes of a loss, so an item has a set of them, and there
/// is none for "missing". Of several columns, those of the first come first. A model file holds their number and
/// tokens, not who has which.
struct ItemAttributes {
  struct Column {
    std::int32_t end;            ///< its attributes are those from the end of the column before it up to this one
    bool single_valued = false;  ///< it holds one token per item
  };
  std::vector<std::int32_t> offsets;  ///< [n_items + 1]
  Index ids;                          ///< counted from 0, without padding; an item's ascending, without repeats
  std::vector<Column> columns;

  /// For each item the window over `ids` that holds its attributes.
  Windows windows_of(const Index& items) const;
  /// The same with the last attribute of a single-valued column for each item (not padding) that has none of it.
  ItemAttributes with_missing() const;
};

}  // namespace seqrec::models
