#pragma once

#include "kernels/attention.h"
#include "nn/module.h"

namespace seqrec::nn {

/// Dropout in training, the identity in evaluation. Its masks are addressed by the step (Module::begin_step), its name,
/// and how often it was called in the step. ConfigError unless 0 <= p < 1.
class Dropout : public Module {
 public:
  Dropout(Scope at, double p);
  Variable operator()(const Variable& x);
  /// For an operation that drops elements within itself: how, with a mask of its own.
  kernels::Drop draw();

 private:
  double p_;
};

}  // namespace seqrec::nn
