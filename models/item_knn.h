#pragma once

#include "models/fitted_model.h"

namespace seqrec::models {

/// Nearest sessions: V-SKNN of M. Ludewig, D. Jannach, "Evaluation of session-based recommendation algorithms", User
/// Modeling and User-Adapted Interaction 28, 2018, with the settings of their program. Of a window of n items:
///
/// - item i has the weight w(i) = (place of its last occurrence, from 1) / n;
/// - candidates are the `sample_size` last sessions that share an item with the window;
/// - sim(s) = sum of w(i) over the items i of the window in s, divided by the number of different items of the window;
/// - neighbours are the `neighbors` most similar candidates, of equal ones the later session;
/// - s recommends its items by sim(s) / step(s), where step is how far from the window's end, from 1, the last item
///   stands that it shares with the window.
///
/// An item's score is 1 + the sum over the neighbours that hold it; those that none holds follow by popularity
/// (FittedModel).
///
/// Tensors beside FittedModel's: `session_offsets` I64 [sessions + 1] and `session_items` I32, the different items of
/// each training session, ascending; sessions from the one that ended first to the one that ended last. They are
/// histories without their users' names: the one model file that holds any.
class ItemKnn : public FittedModel {
 public:
  ItemKnn(const ModelSpec& spec, nn::Scope at);

 protected:
  Scorer& scorer(Arena& arena) const override;

 private:
  class Neighbors;

  std::int64_t sessions() const { return std::ssize(offsets_) - 1; }
  std::int64_t n_items() const { return std::ssize(item_offsets_) - 1; }

  std::size_t neighbors_, sample_size_;
  std::span<const std::int64_t> offsets_;  // of the sessions
  std::span<const std::int32_t> items_;
  // The sessions of each item, ascending: item i has sessions_[item_offsets_[i]] .. sessions_[item_offsets_[i + 1]).
  std::vector<std::int64_t> item_offsets_;
  std::vector<std::int32_t> sessions_;
};

ModelInfo item_knn_info();

}  // namespace seqrec::models
