#pragma once

#include <string>

#include "data/config.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace seqrec::train {

/// What RecBole's keys say of a step of training.

/// `learner` is one of adam, adamw, sgd, adagrad, rmsprop, sparse_adam (optim/rules.h).
struct OptimizerOptions {
  std::string learner = "adam";
  double learning_rate = 1e-3;
  double weight_decay = 0;  ///< L2 penalty; decoupled for adamw; none for sparse_adam
  double momentum = 0;      ///< of sgd
};
/// ConfigError for a combination that has no meaning (momentum without sgd, weight_decay with sparse_adam).
OptimizerOptions optimizer_options(const data::Config& config);
/// ConfigError for an unknown learner.
optim::Optimizer make_optimizer(nn::Parameters parameters, const OptimizerOptions& options);

/// clip_grad_norm: {max_norm: 5, norm_type: 2}. ConfigError unless it is null or a map of max_norm > 0 and norm_type >
/// 0 (inf too).
optim::ClipNorm clip_norm_options(const data::Config& config);
/// clip_grad_value: a limit for the elements of gradients, above 0, or null: 0 here, no clipping.
double clip_value_limit(const data::Config& config);

/// RecBole has none. `lr_scheduler`: null keeps the learning rate; "step" multiplies it by lr_gamma after every
/// lr_step_size epochs (SR-GNN's authors: 3, 0.1); "exponential" after every epoch (DIEN's authors: 0.5).
optim::Schedule schedule(const data::Config& config);

}  // namespace seqrec::train
