#pragma once

#include "train/optimizer.h"

namespace seqrec::train {

/// RecBole's key clip_grad_norm: {max_norm: 5, norm_type: 2}.
struct ClipNorm {
  double max_norm = 0;  ///< above 0; 0: no clipping
  double norm_type = 2;
};
/// ConfigError unless it is null or a map of max_norm > 0 and norm_type > 0 (inf too).
ClipNorm clip_norm_options(const data::Config& config);

/// Scales all gradients by max_norm / (norm + 1e-6) where that is below 1; `norm` is the p-norm of all their elements
/// together, and is returned. PyTorch's clip_grad_norm_. On a device the host waits once, for the norm.
double clip_norm(Parameters& parameters, const ClipNorm& options);

/// Every element clipped to [-limit, limit]: PyTorch's clip_grad_value_.
Tensor clip_value(const Tensor& grad, double limit);

}  // namespace seqrec::train
