#pragma once

#include <any>
#include <functional>
#include <string>
#include <vector>

#include "core/metadata.h"

namespace seqrec {

/// Negatives that all rows of a batch share.
struct SharedNegatives {
  std::vector<std::int32_t> items;   ///< the different ones, ascending
  std::vector<std::int32_t> counts;  ///< how often each was drawn
  /// How often a row is to expect an item among them, if it is not its target: more than 0 for each of `items`, and for
  /// each item that rows have as a target.
  std::function<double(std::int32_t)> expected;

  bool empty() const { return items.empty(); }
};

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
  SharedNegatives shared_negatives{};  ///< in their place where the rows share theirs
  /// [rows] 0 or 1 where the data say so (RecBole's LABEL_FIELD); empty: every target is positive.
  std::vector<float> labels;
  /// [rows * n] the n items that follow each target, row by row, as far as they are training rows' targets, then 0.
  /// Empty unless a model in training needs them (BatchNeeds).
  Index next_targets{};

  /// [values] an item that the user did not choose at each value, the same in every epoch; empty unless a model in
  /// training needs them.
  Index value_negatives{};

  /// What the model that trains on it made of it before its step (models/model.h: prepare); nothing in other batches.
  std::any input{};
  /// All ids, windows and numbers of `input`, and of this batch, that the step computes with; of each part of its loss.
  std::vector<Metadata> metadata{};

  template <class F>
  void for_each(F f) const {
    for (const Index& index : {items, value_users, users, targets, negatives, next_targets, value_negatives}) f(index);
    f(windows);
  }

  std::int64_t rows() const { return windows.size(); }
  std::int64_t negatives_per_row() const { return rows() == 0 ? 0 : negatives.size() / rows(); }
};

/// What a model needs of the data, in training batches beside windows, users, targets and the configured negatives.
struct BatchNeeds {
  /// Whether the loss compares a target with a negative, so that a batch has train_batch_size such pairs (RecBole), or
  /// takes each by itself, so that it has train_batch_size targets and negatives together.
  bool pairwise = true;
  std::int64_t next_targets = 0;  ///< how many items after its target a row is given (Batch::next_targets)
  bool value_negatives = false;   ///< Batch::value_negatives,
  bool align = true;              ///< and whether these are other items than the values'
  bool labels = false;            ///< without negatives it trains on labels; that there are neither is an error
  /// Only of each history the rows whose target is among the last MAX_ITEM_LIST_LENGTH that are trained on; their
  /// windows all begin at the item before the first of these.
  bool last_windows = false;
  /// With last_windows: the key whose value asks that no batch cuts these rows; where one would, that is its error.
  std::string uncut_key = {};
  /// The key that names columns of the items' file, token or token_seq, which the model learns from. Empty: none.
  std::string item_column_key = {};
  bool item_columns_optional = false;  ///< it does without them where the file isn't there, or lacks one

  friend bool operator==(const BatchNeeds&, const BatchNeeds&) = default;
};

}  // namespace seqrec
