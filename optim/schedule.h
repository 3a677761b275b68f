#pragma once

#include <cstdint>

namespace seqrec::optim {

/// The learning rate over the epochs: multiplied by `gamma` after every `step_size` of them. PyTorch's StepLR, and its
/// ExponentialLR with a step size of 1.
struct Schedule {
  std::int64_t step_size = 0;  ///< epochs; 0: constant
  double gamma = 1;

  /// The rate of an epoch, counted from 0.
  double rate(double learning_rate, std::int64_t epoch) const;
};

}  // namespace seqrec::optim
