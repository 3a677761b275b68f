#pragma once

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/window.h"
#include "models/hyper_parameters.h"
#include "models/list.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/losses.h"

namespace seqrec::models {

/// A model that isn't in the library, as small as one can be: a row's vector is the mean of its last items'.
class OwnModel : public DotProductRecommender {
 public:
  static ModelInfo info() {
    return {.name = "Own",
            .keys = {Key::integer("embedding_size", 8, {.min = 1}, "width of the item vectors"),
                     Key::integer("own_length", 3, {.min = 1}, "how many of the last items count"),
                     Key::number("dropout_prob", 0.2, {.min = 0, .below = 1}, "dropout of the mean"),
                     Key::choice("loss_type", "CE", {"CE", "BPR"}, "softmax over all items, or against a negative")},
            .make = maker<OwnModel>};
  }

  OwnModel(const ModelSpec& spec, nn::Scope at)
      : DotProductRecommender(at),
        items_(at / "item_embedding", spec.n_items, HyperParameters(spec.hyper_parameters).get_int("embedding_size"),
               {.initial = nn::normal(0.1), .padding = 0}),
        dropout_(at / "dropout", HyperParameters(spec.hyper_parameters).get_double("dropout_prob")),
        length_(HyperParameters(spec.hyper_parameters).get_int("own_length")),
        bpr_(HyperParameters(spec.hyper_parameters).get_string("loss_type") == "BPR") {}

  Variable calculate_loss(const Batch& batch) override {
    const Variable output = forward(batch);
    if (bpr_) return nn::bpr_loss(output, items_(batch.targets), items_(batch.negatives));
    return autograd::catalogue_cross_entropy(output, items_.weight(), batch.targets);
  }

 protected:
  Variable forward(const Batch& batch) override {
    return dropout_(autograd::window_mean(items_(batch.items), batch.windows.keep_last(length_)));
  }
  const Variable& item_table() const override { return items_.weight(); }

 private:
  nn::Embedding items_;
  nn::Dropout dropout_;
  std::int64_t length_;
  bool bpr_;
};

/// Adds it, once in a program.
inline void add_own_model() { [[maybe_unused]] static const bool added = (add(OwnModel::info()), true); }

}  // namespace seqrec::models
