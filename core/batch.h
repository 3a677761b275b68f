#pragma once

#include <vector>

#include "core/windows.h"

namespace seqrec {

/// What a model trains on and scores: windows over shared histories, never padded rows. Made by data/ (training,
/// evaluation) and infer/ (requests); a model's `<model>_input` turns it into that model's tensors.
///
/// The histories of the batch (or the parts of them that some window covers) lie one after the other in `items`, oldest
/// first; each history belongs to one user. Each row is a window over one history, the item that follows it (the
/// target), and its user. Ids are the vocabulary's, 0 is padding and never occurs in a history.
struct Batch {
  Index items;        ///< [values] item of each value
  Index value_users;  ///< [values] user whose history the value belongs to
  Windows windows;    ///< [rows] over the values; a window may be empty (a request without a history)
  Index users;        ///< [rows]
  Index targets;      ///< [rows] item that follows the window; empty where none is known (requests)
  /// [rows * n] negative items, n per row, row by row; empty where the loss needs none.
  Index negatives;
  /// [rows] 0 or 1 where the data say so (RecBole's LABEL_FIELD); empty: every target is positive.
  std::vector<float> labels;
  /// [rows * n] the n items that follow each target, row by row, as far as they are training rows' targets, then 0.
  /// Empty but in training a model that has several targets per row.
  Index next_targets{};

  /// [values] an item that the user did not choose at each value, the same in every epoch; empty but in training a
  /// model that asks for it.
  Index value_negatives{};

  std::int64_t rows() const { return windows.size(); }
  std::int64_t negatives_per_row() const { return rows() == 0 ? 0 : negatives.size() / rows(); }
};

}  // namespace seqrec
