#pragma once

#include "models/hyper_parameters.h"
#include "models/model.h"
#include "models/sampled_loss.h"
#include "models/srgnn_input.h"
#include "nn/embedding.h"
#include "nn/gated_graph_cell.h"
#include "nn/linear.h"

namespace seqrec::models {

struct SessionGraph;  // srgnn_alone.cpp

/// SR-GNN: S. Wu et al., "Session-based Recommendation with Graph Neural Networks", AAAI 2019; as RecBole has it
/// (recbole/model/sequential_recommender/srgnn.py). What differs from the paper, the authors' code and RecBole is told
/// in docs/models/srgnn.md.
class Srgnn : public DotProductRecommender {
 public:
  Srgnn(const ModelSpec& spec, nn::Scope at);

  /// Mean loss of the batch's rows, by `loss_type`.
  Variable calculate_loss(const Batch& batch) override;
  void prepare(Batch& batch, const Step& step) const override;

 protected:
  Variable forward(const Batch& batch) override;
  const Variable& item_table() const override { return item_embedding_.weight(); }
  bool freeze_alone() override;
  void forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const override;

 private:
  void first_step_alone(const SessionGraph& graph, std::span<const std::int32_t> nodes, Arena& arena, float* out) const;
  void take_over_alone(const SessionGraph& graph, std::span<const std::int32_t> items, LastWindow& last, Arena& arena,
                       float* hidden, float* keys) const;
  nn::Initial initial() const;
  SrgnnInput make_input(const Batch& batch) const;
  SampledInput<SrgnnInput> training_input(const Batch& batch) const;
  Variable output_of(const SrgnnInput& input) const;
  /// eq. 6: the sum over a window's positions of q . sigmoid(W1 (last vector) + W2 (position's vector) + c) times the
  /// position's vector, [rows, width].
  Variable global_preference(const SrgnnInput& input, const Variable& nodes, const Variable& last) const;

  struct Options {
    explicit Options(const HyperParameters& keys);
    std::int64_t embedding_size;
    std::int64_t max_length;
    std::int64_t step;
    EdgeWeight edge_weight;
    bool bpr;
    bool pad_in_softmax;
  } options_;
  SampledLoss sampled_;
  nn::Embedding item_embedding_;
  nn::GatedGraphCell gnn_;
  nn::Linear linear_one_;
  nn::Linear linear_two_;
  nn::Linear linear_three_;
  nn::Linear linear_transform_;
  // Once frozen.
  kernels::alone::Linear alone_one_, alone_two_, alone_transform_;
  Tensor alone_products_;  // [3, n_items, 3 width]: what items give to the first step; undefined if they are many
};

ModelInfo srgnn_info();

}  // namespace seqrec::models
