#pragma once

#include <cstdint>
#include <string>

#include "data/config.h"

namespace seqrec::train {

/// The learning rate over the epochs; RecBole has none. `lr_scheduler`: null keeps it; "step" multiplies it by lr_gamma
/// after every lr_step_size epochs (PyTorch's StepLR, SR-GNN's authors: 3, 0.1); "exponential" after every epoch
/// (ExponentialLR, DIEN's authors: 0.5).
struct Schedule {
  std::int64_t step_size = 0;  ///< epochs; 0: constant
  double gamma = 1;

  /// The rate of an epoch, counted from 0.
  double rate(double learning_rate, std::int64_t epoch) const;
};
Schedule schedule(const data::Config& config);

}  // namespace seqrec::train
