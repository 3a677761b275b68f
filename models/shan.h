#pragma once

#include "models/hyper_parameters.h"
#include "models/model.h"
#include "models/sampled_loss.h"
#include "models/shan_input.h"
#include "nn/embedding.h"
#include "nn/linear.h"

namespace seqrec::models {

/// SHAN: H. Ying et al., "Sequential Recommender System based on Hierarchical Attention Network", IJCAI 2018; as
/// RecBole has it (recbole/model/sequential_recommender/shan.py). What differs from the paper and from RecBole is told
/// in docs/models/shan.md.
class Shan : public DotProductRecommender {
 public:
  Shan(const ModelSpec& spec, nn::Scope at);

  /// Mean loss of the batch's rows, by `loss_type`, plus reg_loss.
  Variable calculate_loss(const Batch& batch) override;
  void prepare(Batch& batch, const Step& step) const override;

 protected:
  Variable forward(const Batch& batch) override;
  Variable forward_full_sort(const Batch& batch) override;
  const Variable& item_table() const override { return item_embedding_.weight(); }
  const Variable* user_table() const override { return &user_embedding_.weight(); }
  bool freeze_alone() override;
  void forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const override;

 private:
  SampledInput<ShanInput> training_input(const Batch& batch) const;
  /// The long-term vector of items, at least one, into out [width]; `weights` is memory for as many.
  void attend_long(std::span<const std::int32_t> items, const float* user, LastWindow* last, Arena& arena,
                   float* weights, float* out) const;
  void take_over_alone(std::span<const std::int32_t> items, LastWindow& last, Arena& arena, float* hidden) const;
  /// `users`: the vectors of the input's users.
  Variable output_of(const ShanInput& input, const Variable& users) const;
  /// eq. 2 to 4: the softmax-weighted mean of the long-term items, [rows, width].
  Variable long_term_attention_based_pooling_layer(const ShanInput& input, const Variable& items,
                                                   const Variable& users) const;
  /// eq. 5 and 6: the same over the long-term vector and the short-term items, [rows, width].
  Variable long_and_short_term_attention_based_pooling_layer(const ShanInput& input, const Variable& vectors,
                                                             const Variable& users) const;
  /// relu(W x + b): the hidden layer of both attentions.
  Variable attention_layer(const nn::Linear& layer, const Variable& bias, const Variable& x) const;
  nn::Initial attention_initial() const;
  nn::Linear attention(nn::Scope at) const;
  Variable reg_loss(const Variable& user_embedding, const Variable& item_embedding) const;

  struct Options {
    explicit Options(const HyperParameters& keys);
    std::int64_t embedding_size;
    ShanSets sets;
    bool full_sort_right_padded;
    bool single_bias;
    bool squared_norms;
    bool bpr;
    double reg_attention, reg_embedding;
  } options_;
  SampledLoss sampled_;
  nn::Embedding item_embedding_;
  nn::Embedding user_embedding_;
  nn::Linear long_w_;
  Variable long_b_;
  nn::Linear long_short_w_;
  Variable long_short_b_;
  // Once frozen.
  kernels::alone::Linear alone_long_, alone_long_short_;  // relu(W x + b) of both attentions
  Tensor alone_hidden_;  // [n_items, width]: what the first makes of all items; undefined if they are many
};

ModelInfo shan_info();

}  // namespace seqrec::models
