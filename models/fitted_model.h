#pragma once

#include <utility>

#include "models/model.h"

namespace seqrec::models {

/// A model without parameters: it was fitted in one pass (ModelInfo::fit), and nothing of it is trained. The items that
/// a row's window speaks for have scores of their own, from 1 on; all others follow by popularity, the number of
/// training rows whose target an item is:
///
///     score(j) = own score              if the window speaks for j
///              = popularity(j)          in [0, 1/2): count(j) / (2 (1 + largest count))
///              = popularity(j) - 1      if j stands in the window and `remind` is off
///
/// Of equal scores, which are f32 numbers whatever the dtype asked for, the lower id comes first. All is computed on
/// the host, window by window and in one order: the same bits on any number of threads.
class FittedModel : public SequentialRecommender {
 public:
  /// FormatError if the tensors of the spec are not what the model needs.
  FittedModel(const ModelSpec& spec, nn::Scope at);

  Variable calculate_loss(const Batch& batch) override;
  Tensor full_sort_predict(const Batch& batch) override;
  Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) override;
  Tensor predict_candidates(const Batch& batch, const Ragged& candidates) override;
  bool answers_alone() const override;
  void recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena, std::span<std::int32_t> items,
                       std::span<float> scores) const override;
  void score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                   std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const override;
  bool is_fitted() const override { return true; }

  /// `remind`, a key of all these models.
  static Key remind_key();

 protected:
  struct Scored {
    std::int32_t item;
    float score;
  };
  /// Scores windows, one after the other, in memory that it keeps from one to the next.
  class Scorer {
   public:
    /// The items that the window (oldest item first, none is 0) speaks for, each once, in any order.
    virtual std::span<Scored> own_scores(std::span<const std::int32_t> window, Arena& arena) = 0;

   protected:
    ~Scorer() = default;
  };
  virtual Scorer& scorer(Arena& arena) const = 0;

  /// A tensor of the spec as a buffer of the model. FormatError if it is missing, or of another dtype or shape (-1: any
  /// size).
  Tensor take(const ModelSpec& spec, const std::string& name, DType dtype, const Shape& shape);
  /// The two tensors of a CSR of items, NAME_offsets I64 [rows + 1] and NAME_items I32: FormatError unless the offsets
  /// ascend from 0 to the number of items, and each row holds ids from 1 to n_items - 1, ascending, each once.
  std::pair<Tensor, Tensor> take_lists(const ModelSpec& spec, const std::string& name, std::int64_t rows);

  float popularity(std::int32_t item) const { return popularity_[item]; }

 private:
  class Rows;

  nn::Scope at_;
  std::vector<float> popularity_;            // [n_items]
  std::vector<std::int32_t> by_popularity_;  // the items
  bool remind_;
};

/// The part of a fit that all these models share: `item_counts` I64 [n_items], how many training rows have an item for
/// a target, and `repeats` I64 [2], how many targets stand in their own window, and how many there are.
FittedTensors fit_counts(const ModelSpec& spec, const TrainingSessions& sessions);

}  // namespace seqrec::models
