#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/variable.h"
#include "data/config.h"

namespace seqrec::train {

/// Parameters by name, as Module::parameters() gives them.
using Parameters = std::vector<std::pair<std::string, autograd::Variable>>;

/// RecBole's keys. `learner` is one of adam, adamw, sgd, adagrad, rmsprop, sparse_adam, with PyTorch's formulas and
/// defaults.
///
/// sparse_adam is PyTorch's SparseAdam: a table row that took no part in a step is left alone, where adam still moves
/// it by its decaying momentum. That is less work for large tables and another result. It differs from adam only where
/// gradients are row-sparse (embedding tables that are looked up and not used whole: not under the CE loss). PyTorch's
/// adds eps before the bias correction, this one after it, as adam does: a difference of about 1e-6 of a step.
struct OptimizerOptions {
  std::string learner = "adam";
  double learning_rate = 1e-3;
  double weight_decay = 0;     ///< L2 penalty; decoupled for adamw; none for sparse_adam
  double momentum = 0;         ///< of sgd
  double clip_grad_value = 0;  ///< elements of gradients are clipped to [-value, value]; 0: not
};
/// ConfigError for a combination that has no meaning (momentum without sgd, weight_decay with sparse_adam).
OptimizerOptions optimizer_options(const data::Config& config);

/// Moves parameters along their gradients, in place.
class Optimizer {
 public:
  /// ConfigError for an unknown learner.
  Optimizer(Parameters parameters, const OptimizerOptions& options);

  /// One step with the gradients that backward() collected; a parameter without one is left alone, as in PyTorch.
  void step();
  void clear_grad();
  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double rate) { options_.learning_rate = rate; }

  /// What a resumed run needs, by name: `step` (I64, steps of each parameter) and `SLOT.PARAMETER` (PyTorch's names:
  /// exp_avg, exp_avg_sq, momentum_buffer, sum, square_avg). The optimiser's own tensors: write into them to load.
  std::vector<std::pair<std::string, Tensor>> state() const;

  struct Learner;

 private:
  Parameters parameters_;
  OptimizerOptions options_;
  const Learner* learner_;
  Tensor steps_;                              // I64 [parameters]
  std::vector<std::array<Tensor, 2>> slots_;  // of each parameter, as many as the learner has
};

}  // namespace seqrec::train
