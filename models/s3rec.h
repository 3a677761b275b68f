#pragma once

#include "models/hyper_parameters.h"
#include "models/model.h"
#include "models/s3rec_input.h"
#include "models/sampled_loss.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/transformer.h"

namespace seqrec::models {

/// S3-Rec: K. Zhou, H. Wang et al., "S^3-Rec: Self-Supervised Learning for Sequential Recommendation with Mutual
/// Information Maximization", CIKM 2020; as RecBole has it (recbole/model/sequential_recommender/s3rec.py). What
/// differs from the paper, its authors' code and RecBole is told in docs/models/s3rec.md.
class S3Rec : public DotProductRecommender {
 public:
  using Parts = std::vector<std::function<Variable()>>;

  S3Rec(const ModelSpec& spec, nn::Scope at);

  /// `train_stage: pretrain`: the four tasks on masks drawn for this step, a sum over the rows. `finetune`: the mean
  /// loss of the batch's targets, by `loss_type`.
  Variable calculate_loss(const Batch& batch) override;
  /// Slices of some instances, or in fine-tuning of some rows: memory doesn't grow with the batch.
  Parts loss_parts(const Batch& batch) override;
  void prepare(Batch& batch, const Step& step) const override;
  /// The pre-training loss of given instances: aap_weight AAP + mip_weight MIP + map_weight MAP + sp_weight SP, each a
  /// sum. At least one instance.
  Variable pretrain(const S3RecInstances& instances);
  bool can_rank() const override { return !options_.pretrain; }
  bool is_loss_sum() const override { return options_.pretrain; }

 protected:
  Variable forward(const Batch& batch) override;
  const Variable& item_table() const override { return real_items_; }
  bool freeze_alone() override { return trm_encoder_.freeze_alone(), true; }
  void forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const override;

 private:
  /// How fine-tuning, or else scoring, numbers places.
  Positions positions() const { return training() ? options_.finetune_positions : options_.scored_positions; }
  nn::Embedding table(nn::Scope at, std::int64_t rows, std::int64_t padding = -1) const;
  nn::Linear square(nn::Scope at) const;
  /// The encoder's input: LayerNorm(item + position).
  Variable embed(const Sequences& sequences);
  Variable output_of(const CausalInput& input);
  /// Some rows of a batch.
  struct FineTuningSlice {
    CausalInput input;
    Index targets, negatives;
    nn::SampledClasses sampled;
    double share;  // of the batch's rows

    template <class F>
    void for_each(F f) const {
      f(input), f(targets), f(negatives), f(sampled);
    }
  };
  std::vector<FineTuningSlice> fine_tuning_slices(const Batch& batch) const;
  std::vector<S3RecSlice> pretrain_slices(const S3RecInstances& instances) const;
  Parts pretrain_parts(const std::shared_ptr<const std::vector<S3RecSlice>>& slices);
  /// The mean loss of the rows, computed at once.
  Variable next_item_loss(const FineTuningSlice& slice);
  Variable pretrain_slice(const S3RecSlice& slice);
  /// Masked item prediction (eq. 6) of the places `masked`, whose hidden vectors are `hidden`.
  Variable masked_item_prediction(const Variable& hidden, const Index& items, const Index& negatives) const;
  /// Associated (eq. 5) or masked (eq. 7) attribute prediction: the attributes of the items at some places.
  Variable attribute_prediction(const nn::Linear& norm, const Variable& hidden, const Windows& attributes) const;
  /// Segment prediction (eq. 8).
  Variable segment_prediction(const S3RecSlice& slice);

  struct Options {
    Options(const HyperParameters& keys, std::int64_t n_items);
    nn::TransformerOptions transformer;
    S3RecMasking masking;
    bool pretrain, mark_last_attribute;
    Positions pretrain_positions, finetune_positions, scored_positions;
    double aap_weight, mip_weight, map_weight, sp_weight;
    std::string loss_type;
  } options_;
  SampledLoss sampled_;
  std::shared_ptr<const ItemAttributes> attributes_;
  nn::Embedding item_embedding_;  // the mask's row is the last
  nn::Embedding position_embedding_;
  nn::Embedding feature_embedding_;
  nn::TransformerEncoder trm_encoder_;
  nn::LayerNorm norm_;
  nn::Dropout dropout_;
  nn::Linear aap_norm_, mip_norm_, map_norm_, sp_norm_;
  Variable real_items_;  // a view of the item table without the mask
};

ModelInfo s3rec_info();

}  // namespace seqrec::models
