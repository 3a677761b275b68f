#pragma once

#include "core/batch.h"
#include "kernels/convolution.h"

namespace seqrec::models {

/// What Caser computes on, made from a batch of raw windows. Items stand once each, however often they occur.
struct CaserInput {
  Index items;                     ///< [items] the padding item, id 0, and the different items of the windows
  kernels::PaddedWindows windows;  ///< [rows] over the values, rows of `items`, padded by its first

  template <class F>
  void for_each(F f) const {
    f(items), f(windows);
  }
};

/// Windows are cut to their last `max_length` items and padded to it on the right, as RecBole does; a window without an
/// item is all padding.
CaserInput caser_input(const Batch& batch, std::int64_t max_length);

/// The targets of a batch's rows: one per row, or with `caser_targets` the items that follow it too, as many as there
/// are.
struct CaserTargets {
  Index rows;       ///< [targets] the row of each
  Index targets;    ///< [targets]
  Index negatives;  ///< [targets * n] its row's negatives

  template <class F>
  void for_each(F f) const {
    f(rows), f(targets), f(negatives);
  }
};
/// ShapeError unless the batch holds `targets` - 1 next targets per row.
CaserTargets caser_targets(const Batch& batch, std::int64_t targets);

}  // namespace seqrec::models
