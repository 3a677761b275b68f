#pragma once

#include <span>
#include <vector>

#include "core/batch.h"

namespace seqrec::models {

/// The histories that DIEN reads. What depends on an item alone is computed once per item; what depends on where an
/// interest's state began (its first item, as the GRU starts there) once for all windows that begin there: a *run*. The
/// *places* are the runs' entries (core/windows.h), one state each.
struct DienHistory {
  Index items;        ///< [items] the different items of the values
  Index value_items;  ///< [values] place in `items` of each value
  Windows runs;       ///< [runs] over the values
  Windows windows;    ///< [rows] over the places
};
/// Windows are cut to their last `max_length` items. An empty window stays empty.
DienHistory dien_history(const Batch& batch, std::int64_t max_length);

/// Items to score, each for a row of the history.
struct DienTargets {
  Windows windows;    ///< [targets] over the places
  Index items;        ///< [items] the different items
  Index item_places;  ///< [targets] place in `items`
  Index users;        ///< [users] the different users
  Index user_places;  ///< [targets] place in `users`
};
/// `rows` and `items` [targets].
DienTargets dien_targets(const DienHistory& history, const Index& users, std::span<const std::int32_t> rows,
                         std::span<const std::int32_t> items);

/// What the auxiliary loss compares: the state at a place with the item that was chosen next, and with one that was
/// not.
struct DienAuxiliary {
  Index states;                 ///< [n] places
  Index clicked;                ///< [n] place in DienHistory::items of what was chosen next
  Index unclicked;              ///< [n] item that was not
  std::vector<double> weights;  ///< [n] share of all (row, place) pairs; they add up to 1
};
/// Empty where no window has two items. ShapeError without the values' negatives.
DienAuxiliary dien_auxiliary(const Batch& batch, const DienHistory& history);

}  // namespace seqrec::models
