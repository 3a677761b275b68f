#pragma once

#include <string>
#include <vector>

#include "core/batch.h"
#include "core/key.h"
#include "models/hyper_parameters.h"
#include "nn/embedding.h"
#include "nn/losses.h"

namespace seqrec::models {

/// The losses of models that rank by dot products which compare a target with a sample of the items instead of all of
/// them: `loss_type` sampled_softmax and gbce. docs/training.md says which to choose.
class SampledLoss {
 public:
  /// Of `loss_type`, `logq` and `gbce_t`; n_items counts the padding item.
  SampledLoss(const HyperParameters& keys, std::int64_t n_items);

  /// Whether loss_type is one of them.
  bool is_asked_for() const { return kind_ != Kind::None; }
  /// What it computes with, of rows with these targets; nothing if it isn't asked for. ShapeError without negatives,
  /// or with more than there are other items.
  nn::SampledClasses input(const Index& targets, const SharedNegatives& negatives) const;
  /// The mean over the rows. output and positives, the targets' vectors: [rows, width].
  nn::Variable operator()(const nn::Variable& output, const nn::Embedding& items, const nn::Variable& positives,
                          const nn::SampledClasses& negatives) const;

 private:
  enum class Kind { None, Softmax, Gbce };
  /// Which scores are corrected by how often an item is drawn.
  enum class LogQ { None, Standard, Corrected };

  Kind kind_ = Kind::None;
  LogQ log_q_ = LogQ::Corrected;
  double t_ = 0;
  double others_;  // items beside a target
};

/// What a model's loss is computed on: the model's own input, and the negatives that the rows share.
template <class Input>
struct SampledInput {
  Input of;
  nn::SampledClasses negatives;

  template <class F>
  void for_each(F f) const {
    f(of), f(negatives);
  }
};

/// The key `loss_type`: `choices`, described by `help`, and the sampled losses.
Key loss_type_key(std::vector<std::string> choices, KeyHelp help);
/// Adds the sampled losses' own keys, `logq` and `gbce_t`.
void add_sampled_loss_keys(std::vector<Key>& keys);

}  // namespace seqrec::models
