#pragma once

#include "core/index.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// One step of an optimiser on one parameter, in place, in one pass over it. `grad` is dense, of the parameter's shape,
/// or row-sparse: then `rows` names the (ascending, distinct) rows that it holds, and the others have a gradient of 0.
/// With dense `grad`, `rows` is empty. Formulas and defaults are PyTorch's. `step` counts from 1. All contiguous.

struct SgdOptions {
  double learning_rate, momentum = 0, weight_decay = 0;
};
/// g = grad + weight_decay p; momentum: m = momentum m + g (m = g at step 1), g = m; p -= learning_rate g. `moment` is
/// undefined without momentum.
SEQREC_KERNEL(sgd_step, const SgdOptions& options, std::int64_t step, const Tensor& grad, const Index& rows,
              Tensor& parameter, Tensor& moment)

struct AdamOptions {
  double learning_rate, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decoupled = false;  ///< AdamW: p -= learning_rate weight_decay p first, instead of g += weight_decay p
  /// Rows without a gradient are left alone (their moments don't decay, they don't move): PyTorch's SparseAdam.
  bool lazy = false;
};
/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// p -= learning_rate / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps)   (Kingma, Ba 2015).
SEQREC_KERNEL(adam_step, const AdamOptions& options, std::int64_t step, const Tensor& grad, const Index& rows,
              Tensor& parameter, Tensor& m, Tensor& v)

struct AdagradOptions {
  double learning_rate, eps = 1e-10, weight_decay = 0;
};
/// s += g^2; p -= learning_rate g / (sqrt(s) + eps)   (Duchi, Hazan, Singer 2011).
SEQREC_KERNEL(adagrad_step, const AdagradOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
              Tensor& sum)

struct RmspropOptions {
  double learning_rate, alpha = 0.99, eps = 1e-8, weight_decay = 0;
};
/// s = alpha s + (1 - alpha) g^2; p -= learning_rate g / (sqrt(s) + eps)   (Tieleman, Hinton 2012).
SEQREC_KERNEL(rmsprop_step, const RmspropOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
              Tensor& square_average)

}  // namespace seqrec::kernels
