#pragma once

#include "kernels/attention.h"
#include "nn/module.h"

namespace seqrec::nn {

/// Dropout in training, the identity in evaluation. Its random numbers are addressed by (seed, step, place in the
/// model): Module::begin_step says which. ConfigError unless 0 <= p < 1.
class Dropout : public Module {
 public:
  explicit Dropout(double p);
  Variable forward(const Variable& x);
  /// For an operation that drops `count` elements within itself: how, with the next numbers of this step.
  kernels::Drop draw(std::int64_t count);

 private:
  void on_begin_step(std::uint64_t seed, std::uint64_t part) override;

  double p_;
  RandomStream stream_;
  std::uint64_t offset_ = 0;  // numbers used in this step
};

}  // namespace seqrec::nn
