#pragma once

#include "models/dien_layers.h"
#include "models/hyper_parameters.h"
#include "models/model.h"
#include "nn/dice.h"
#include "nn/feature_embedding.h"

namespace seqrec::models {

/// DIEN: G. Zhou et al., "Deep Interest Evolution Network for Click-Through Rate Prediction", AAAI 2019; as RecBole has
/// it (recbole/model/sequential_recommender/dien.py). What differs from the paper, its authors' code and RecBole is
/// told in docs/models/dien.md. An item's score is the probability that the user chooses it next.
class Dien : public SequentialRecommender {
 public:
  Dien(const ModelSpec& spec, nn::Scope at);

  /// The mean binary cross-entropy of the targets, with the label 1, and the rows' negatives, with 0 (or, without
  /// negatives, of the targets with the labels that the data have), plus alpha times the auxiliary loss. UsageError if
  /// there are neither negatives nor labels.
  Variable calculate_loss(const Batch& batch) override;
  void prepare(Batch& batch, const Step& step) const override;

  Tensor predict_candidates(const Batch& batch, const Ragged& candidates) override;
  Tensor full_sort_predict(const Batch& batch) override;
  Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) override;
  /// An item's features one after the other, its id among them.
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const override;
  Tensor mean_user() const override;
  void set_mean_user() override;
  /// Keeps the vectors of all items and users, to answer requests by themselves.
  void freeze() override;
  bool answers_alone() const override { return alone_; }
  void recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena, std::span<std::int32_t> items,
                       std::span<float> scores) const override;
  /// On all threads (core/parallel.h): an item costs much here.
  void score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                   std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const override;

 private:
  struct TrainingInput {
    DienInput input;
    nn::FeatureEmbedding::Rows items, users;

    template <class F>
    void for_each(F f) const {
      f(input), f(items), f(users);
    }
  };
  TrainingInput make_input(const Batch& batch) const;
  /// The logit of each target, [targets]; the vectors of its items and users.
  Variable forward(const DienTargets& targets, const Variable& of_items, const Variable& of_users,
                   const InterestEvolvingLayer::Shared& interests);
  Variable user_vectors(const Index& users) const;
  void score_window(const OneWindow& window, std::span<const std::int32_t> candidates, Arena& arena,
                    std::span<float> scores) const;
  void score_some(std::int32_t user, const InterestEvolvingLayer::SharedAlone& shared,
                  std::span<const std::int32_t> targets, Arena& arena, float* scores) const;

  struct Options {
    explicit Options(const HyperParameters& keys);
    std::int64_t embedding_size, max_length;
    std::vector<std::int64_t> mlp_hidden_size;
    double dropout, alpha;
    nn::Pooling pooling;
    kernels::GruCell cell;
    InterestExtractorNetwork::Auxiliary auxiliary;
    bool learnable_dice;
  } options_;
  std::int64_t n_users_, n_items_;
  nn::FeatureEmbedding user_embedding_, item_embedding_;
  InterestExtractorNetwork interest_extractor_;
  InterestEvolvingLayer interest_evolution_;
  nn::DiceMlp dnn_mlp_layers_;
  nn::Linear dnn_predict_layer_;
  Variable mean_user_;  // [1, width], once user 0 stands for it
  // Once frozen.
  bool alone_ = false;
  Tensor alone_items_, alone_users_;
  kernels::alone::Linear alone_predict_;
};

ModelInfo dien_info();

}  // namespace seqrec::models
