#pragma once

#include <span>
#include <vector>

#include "kernels/kernel.h"

namespace seqrec::kernels {

/// out = sum of x over the dimensions where out has size 1 (x and out of the same rank, equal sizes elsewhere): sums
/// over axes and the gradient of broadcasting alike. A sum over nothing is 0. Sums are made in a fixed tree, whatever
/// the number of threads.
SEQREC_KERNEL(sum, const Tensor& x, Tensor& out)

/// out[...] = max of x over its last axis (out: x's shape without it), index (i32) the first place of it. The axis must
/// not be empty.
SEQREC_KERNEL(max_last, const Tensor& x, Tensor& out, Tensor& index)

/// grad_x (x's shape) = grad_out at each row's `index`, 0 elsewhere.
SEQREC_KERNEL(max_last_backward, const Tensor& grad_out, const Tensor& index, Tensor& grad_x)

/// out[0] = sum of squares of all elements of x; out is a tensor of one element.
SEQREC_KERNEL(sum_of_squares, const Tensor& x, Tensor& out)

/// norms[i] = the Euclidean norm of all elements of xs[i], total[0] = the sum of weights[i] norms[i]: norms and weights
/// [xs.size()], total has one element.
SEQREC_KERNEL(l2_norms, const std::vector<Tensor>& xs, std::span<const double> weights, Tensor& norms, Tensor& total)
/// grads[i] = grad weights[i] xs[i] / norms[i], or 0 where that norm is 0: the gradient of the total. grad has one
/// element.
SEQREC_KERNEL(l2_norms_backward, const std::vector<Tensor>& xs, std::span<const double> weights, const Tensor& norms,
              const Tensor& grad, const std::vector<Tensor>& grads)

/// out[0] (i32) = 1 if an element of x is NaN or infinite, else 0.
SEQREC_KERNEL(any_nonfinite, const Tensor& x, Tensor& out)

/// Whether no element of x is NaN or infinite. Waits for x's device.
bool all_finite(const Tensor& x);

}  // namespace seqrec::kernels
