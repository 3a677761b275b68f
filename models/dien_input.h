#pragma once

#include <span>
#include <vector>

#include "core/batch.h"
#include "core/numbers.h"

namespace seqrec::models {

/// The histories that DIEN reads. What depends on an item alone is computed once per item; what depends on where an
/// interest's state began (its first item, as the GRU starts there) once for all windows that begin there: a *run*. The
/// *places* are the runs' entries (core/windows.h), one state each.
struct DienHistory {
  Index items;        ///< [items] the different items of the values
  Index value_items;  ///< [values] place in `items` of each value
  Windows runs;       ///< [runs] over the values
  Windows windows;    ///< [rows] over the places

  template <class F>
  void for_each(F f) const {
    f(items), f(value_items), f(runs), f(windows);
  }
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

  template <class F>
  void for_each(F f) const {
    f(windows);
    for (const Index& index : {items, item_places, users, user_places}) f(index);
  }
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

/// The same as pairs of a state and an item, those that were chosen first.
struct DienPairs {
  Index states;     ///< [2 n] places
  Index items;      ///< [2 n] place in DienInput::items
  Numbers labels;   ///< [2 n] 1, then 0
  Numbers weights;  ///< [2 n] add up to 1

  template <class F>
  void for_each(F f) const {
    f(states), f(items), f(labels), f(weights);
  }
};

/// What DIEN trains on. All items, of histories, targets and negatives, stand once in one list, so that their vectors
/// are looked up once: the items of `history` and `targets` are that list too.
struct DienInput {
  Index items;  ///< [items] the different items
  DienHistory history;
  DienTargets targets;  ///< the rows' targets, then their negatives
  Numbers labels;       ///< [targets]
  DienPairs pairs;

  template <class F>
  void for_each(F f) const {
    f(items), f(history), f(targets), f(labels), f(pairs);
  }
};
/// UsageError without negatives and labels. No pairs unless they are asked for.
DienInput dien_input(const Batch& batch, std::int64_t max_length, bool with_pairs);

}  // namespace seqrec::models
