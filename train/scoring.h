#pragma once

#include <cstdint>
#include <vector>

#include "autograd/variable.h"
#include "data/dataset.h"
#include "models/model.h"

namespace seqrec::train {

/// Evaluation mode, and back to what was.
class EvalScope {
 public:
  explicit EvalScope(models::SequentialRecommender& model) : model_(model), training_(model.training()) {
    model.eval();
  }
  ~EvalScope() { model_.train(training_); }
  EvalScope(const EvalScope&) = delete;
  EvalScope& operator=(const EvalScope&) = delete;

 private:
  models::SequentialRecommender& model_;
  bool training_;
  autograd::NoGrad no_grad_;
};

/// A model's scores. NumericError if there is a NaN.
std::vector<double> to_doubles(const Tensor& scores);

/// The scores of each row's target and then of its negatives, row by row.
Tensor score_candidates(models::SequentialRecommender& model, const Batch& batch);

}  // namespace seqrec::train
