#pragma once

#include <array>

#include "core/index.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// One parameter in a step of an optimiser. All contiguous.
struct ParameterStep {
  /// Dense, of the parameter's shape, or row-sparse: then `rows` names the (ascending, distinct) rows that it holds,
  /// and the others have a gradient of 0. With a dense gradient, `rows` is empty.
  Tensor grad;
  Index rows = {};
  Tensor parameter;
  /// What the optimiser keeps for it, of the parameter's shape: as many as it needs.
  std::array<Tensor, 2> slots = {};
  std::int64_t step = 1;   ///< counts from 1
  bool only_rows = false;  ///< of a row-sparse gradient: rows that it doesn't hold are left alone

  template <class F>
  void for_each_tensor(F f) const {
    f(grad), f(parameter), f(slots[0]), f(slots[1]);
  }
};
/// The parameters of one step, all different; f32 and f64 may be mixed.
using ParameterSteps = std::vector<ParameterStep>;

/// One step of an optimiser on all parameters, in place, in one pass over each. Formulas and defaults are PyTorch's.

struct SgdOptions {
  double learning_rate, momentum = 0, weight_decay = 0;
};
/// g = grad + weight_decay p; momentum: m = momentum m + g (m = g at step 1), g = m; p -= learning_rate g. Slots: m,
/// none without momentum.
SEQREC_KERNEL(sgd_step, const SgdOptions& options, const ParameterSteps& steps)

struct AdamOptions {
  double learning_rate, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decoupled = false;  ///< AdamW: p -= learning_rate weight_decay p first, instead of g += weight_decay p
};
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// p -= learning_rate / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps)   (Kingma, Ba 2015). Slots: m, v.
SEQREC_KERNEL(adam_step, const AdamOptions& options, const ParameterSteps& steps)

struct AdagradOptions {
  double learning_rate, eps = 1e-10, weight_decay = 0;
};
/// s += g^2; p -= learning_rate g / (sqrt(s) + eps)   (Duchi, Hazan, Singer 2011). Slots: s.
SEQREC_KERNEL(adagrad_step, const AdagradOptions& options, const ParameterSteps& steps)

struct RmspropOptions {
  double learning_rate, alpha = 0.99, eps = 1e-8, weight_decay = 0;
};
/// s = alpha s + (1 - alpha) g^2; p -= learning_rate g / (sqrt(s) + eps)   (Tieleman, Hinton 2012). Slots: s.
SEQREC_KERNEL(rmsprop_step, const RmspropOptions& options, const ParameterSteps& steps)

}  // namespace seqrec::kernels
