#pragma once

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Layer norm over the last axis: x [..., width], gamma and beta [width]; of x's shape.
Variable layer_norm(const Variable& x, const Variable& gamma, const Variable& beta, double eps);

/// Batch norm of x [rows, width] with the batch's own mean and variance, which are written to `mean` and `var` [width]
/// (var biased). ShapeError for no row.
Variable batch_norm_train(const Variable& x, const Variable& gamma, const Variable& beta, double eps, Tensor& mean,
                          Tensor& var);
/// Batch norm of x [rows, width] with given statistics [width], which are constants.
Variable batch_norm_eval(const Variable& x, const Tensor& mean, const Tensor& var, const Variable& gamma,
                         const Variable& beta, double eps);

}  // namespace seqrec::autograd
