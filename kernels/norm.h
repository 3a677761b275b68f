#pragma once

#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Layer norm over the last axis (Ba, Kiros, Hinton 2016): y = (x - mean) rstd gamma + beta, rstd = 1 / sqrt(var + eps)
/// with the biased variance, computed in two passes. x, y [rows, width]; gamma, beta [width]; mean, rstd [rows].
SEQREC_KERNEL(layer_norm, const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
              Tensor& rstd)
/// With x^ = (x - mean) rstd and g = grad_y gamma: grad_x = rstd (g - mean(g) - x^ mean(g x^)), means over the width;
/// grad_gamma = sum over rows of grad_y x^, grad_beta = sum over rows of grad_y.
SEQREC_KERNEL(layer_norm_backward, const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
              const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta)

/// Batch statistics of each column (Ioffe, Szegedy 2015): x [rows, width], rows >= 1; mean, var [width], var biased.
SEQREC_KERNEL(column_mean_var, const Tensor& x, Tensor& mean, Tensor& var)
/// y = (x - mean) / sqrt(var + eps) gamma + beta, by column.
SEQREC_KERNEL(batch_norm, const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma,
              const Tensor& beta, double eps, Tensor& y)
/// Gradient of batch_norm where mean and var are x's own (training): as layer norm's, with means over the rows.
SEQREC_KERNEL(batch_norm_backward, const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma,
              double eps, const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta)

}  // namespace seqrec::kernels
