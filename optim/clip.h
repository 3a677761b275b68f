#pragma once

#include "nn/module.h"

namespace seqrec::optim {

using nn::Parameters;

/// Both clip the gradients that backward() collected, before the optimiser's step. Those that are row-sparse stay so;
/// a parameter without one is left alone.

struct ClipNorm {
  double max_norm = 0;   ///< above 0; 0: no clipping
  double norm_type = 2;  ///< p of the norm, above 0; infinity: the largest element
};
/// Scales all gradients by max_norm / (norm + 1e-6) where that is below 1; `norm` is the p-norm of all their elements
/// together, and is returned. PyTorch's clip_grad_norm_. On a device the host waits once, for the norm.
double clip_norm(const Parameters& parameters, const ClipNorm& options);

/// Every element clipped to [-limit, limit]: PyTorch's clip_grad_value_.
void clip_value(const Parameters& parameters, double limit);

}  // namespace seqrec::optim
