#pragma once

#include "kernels/kernel.h"

namespace seqrec::kernels {

/// y = softmax(x) over the last axis, same shape: exp(x - max) / sum. Rows of size 0 stay empty.
SEQREC_KERNEL(softmax, const Tensor& x, Tensor& y)
/// grad_x = y (grad_y - sum(grad_y y)) over the last axis.
SEQREC_KERNEL(softmax_backward, const Tensor& y, const Tensor& grad_y, Tensor& grad_x)

/// y = x - max - log sum exp(x - max) over the last axis.
SEQREC_KERNEL(log_softmax, const Tensor& x, Tensor& y)
/// grad_x = grad_y - exp(y) sum(grad_y) over the last axis.
SEQREC_KERNEL(log_softmax_backward, const Tensor& y, const Tensor& grad_y, Tensor& grad_x)

}  // namespace seqrec::kernels
