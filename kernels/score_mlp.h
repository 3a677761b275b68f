#pragma once

#include <vector>

#include "kernels/kernel.h"
#include "kernels/matmul.h"

namespace seqrec::kernels {

/// A multi-layer perceptron that gives each row one score: y_0 = x, y_l = f(y_(l-1) W_l^T + b_l) for the hidden layers,
/// scores = y_n w^T + b. `parameters` holds weight [out, in] and bias [out] of every layer in turn, the last of which
/// has one output; at least one layer is hidden, and the derivative of f (none: the identity) follows from its value
/// (derivative_follows_from_value). Rows are worked on by tiles that stay in cache through all layers: a chain of
/// `linear` is the tested reference.

/// x [rows, in], scores [rows]. `hidden`: where the backward shall find each hidden layer's values, [rows, out]; empty:
/// they aren't kept.
SEQREC_KERNEL(score_mlp, const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
              const std::vector<Tensor>& hidden, Tensor& scores)
/// From grad_scores [rows]: grad_x, and grad_parameters in the order of `parameters`, all overwritten. `hidden` as
/// score_mlp has left it; empty: the values are made again, tile by tile.
SEQREC_KERNEL(score_mlp_backward, const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
              const std::vector<Tensor>& hidden, const Tensor& grad_scores, Tensor& grad_x,
              const std::vector<Tensor>& grad_parameters)

/// loss [1] = sum over the rows of weights times the binary cross-entropy of the row's score (a logit) with its target
/// in [0, 1], and the gradients of that, in one pass: nothing is kept between forward and backward. targets, weights
/// [rows]; weights are constants.
SEQREC_KERNEL(score_mlp_loss, const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
              const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
              const std::vector<Tensor>& grad_parameters)

}  // namespace seqrec::kernels
