#pragma once

#include <optional>

#include "models/caser_input.h"
#include "models/hyper_parameters.h"
#include "models/model.h"
#include "models/sampled_loss.h"
#include "nn/convolution.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"

namespace seqrec::models {

/// Caser: J. Tang, K. Wang, "Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding", WSDM
/// 2018; as RecBole has it (recbole/model/sequential_recommender/caser.py). What differs from the paper, its authors'
/// code and RecBole is told in docs/models/caser.md.
class Caser : public DotProductRecommender {
 public:
  Caser(const ModelSpec& spec, nn::Scope at);

  /// Mean loss of the batch's targets, by `loss_type`, plus the regulariser.
  Variable calculate_loss(const Batch& batch) override;
  void prepare(Batch& batch, const Step& step) const override;
  void freeze() override;
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const override;

 protected:
  Variable forward(const Batch& batch) override;
  const Variable& item_table() const override;
  const Variable* user_table() const override { return &user_embedding_.weight(); }
  bool freeze_alone() override;
  void forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const override;
  void forward_each(std::span<const OneWindow> windows, bool full_sort, Arena& arena, float* out) const override;

 private:
  struct Input {
    CaserInput of;
    nn::VerticalConvolution::Filtered vertical;

    template <class F>
    void for_each(F f) const {
      f(of), f(vertical);
    }
  };
  struct TrainingInput {
    Input input;
    CaserTargets targets;
    nn::SampledClasses sampled;

    template <class F>
    void for_each(F f) const {
      f(input), f(targets), f(sampled);
    }
  };
  TrainingInput training_input(const Batch& batch) const;
  Input make_input(const Batch& batch) const;
  Variable output_of(const Input& input, const Batch& batch);
  void head_alone(std::span<const OneWindow> windows, const float* convolved, Arena& arena, float* out) const;
  /// reg_weight times RecBole's RegLoss of the tables and matrices and its reg_loss_conv_h: norms, not squared.
  Variable reg_loss() const;

  struct Options {
    explicit Options(const HyperParameters& keys);
    std::int64_t embedding_size, max_length, vertical, horizontal, targets;
    double dropout, reg_weight;
    std::string loss_type;
    bool paper_head;
    std::int64_t convolved() const { return vertical * embedding_size + horizontal * max_length; }
  } options_;
  SampledLoss sampled_;
  nn::Embedding user_embedding_;
  nn::Embedding item_embedding_;
  nn::VerticalConvolution conv_v_;
  nn::HorizontalConvolution conv_h_;
  nn::Linear fc1_;
  nn::Dropout dropout_;
  std::optional<nn::Linear> fc2_;                 // RecBole's head
  std::optional<nn::Embedding> w2_;               // the paper's: W' and b', the bias as the last column
  kernels::alone::Linear alone_fc1_, alone_fc2_;  // once frozen
};

ModelInfo caser_info();

}  // namespace seqrec::models
