#pragma once

#include "core/batch.h"

namespace seqrec::models {

/// What SHAN computes on, made from a batch of raw windows. Items and users stand once each, however often they occur:
/// all that depends on an item alone is computed once per item.
struct ShanInput {
  Index items;           ///< [items] the different items of the windows
  Index users;           ///< [users] the different users
  Index value_items;     ///< [values] place in `items` of each value
  Index value_users;     ///< [values] place in `users` of each value's owner
  Windows long_windows;  ///< [rows] over the values: the long-term set
  /// The short-term level's set of each row, [rows] adjacent windows over its entries: first the row's long-term
  /// vector, then its short-term items. An entry names a row of the items' vectors followed by the long-term vectors.
  Windows short_windows;
  Index short_rows;   ///< [entries] < items: an item's place; items + r: the long-term vector of row r
  Index short_users;  ///< [entries] place in `users`
  Index row_users;    ///< [rows] place in `users`

  template <class F>
  void for_each(F f) const {
    for (const Index& index : {items, users, value_items, value_users, short_rows, short_users, row_users}) f(index);
    for (const Windows& windows : {long_windows, short_windows}) f(windows);
  }
};

/// How a row's window becomes its two sets.
struct ShanSets {
  std::int64_t max_length;    ///< MAX_ITEM_LIST_LENGTH: the window is cut to its last items
  std::int64_t short_length;  ///< short_item_length
  /// RecBole's full sort: the short-term set is what lies in the last `short_length` of `max_length` *right-padded*
  /// places, and so is empty for most windows (shan.py full_sort_predict reads ITEM_SEQ, not its inverse).
  bool right_padded = false;
  /// The paper's sets: the long-term set holds what came before the short-term one, not all.
  bool disjoint = false;
};

/// A window without an item gets the padding item (id 0) as its long-term set and no short-term item, as RecBole's
/// masks have it.
ShanInput shan_input(const Batch& batch, const ShanSets& sets);

}  // namespace seqrec::models
