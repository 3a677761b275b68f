#pragma once

#include <vector>

#include "autograd/variable.h"
#include "kernels/score_mlp.h"

namespace seqrec::autograd {

/// The score that a multi-layer perceptron gives each row of x [rows, in]: [rows]. `parameters`: weight [out, in] and
/// bias [out] of each layer in turn, `activation` after all but the last, which has one output (kernels/score_mlp.h).
Variable score_mlp(const Variable& x, const std::vector<Variable>& parameters, kernels::Activation activation);

/// sum of weights[i] times the binary cross-entropy of row i's score with targets[i], a scalar. Its gradients are made
/// in the forward pass, so nothing but them is kept; the plain composite sum(weights * binary_cross_entropy(score_mlp))
/// is its tested reference. targets, weights [rows]: constants.
Variable score_mlp_loss(const Variable& x, const std::vector<Variable>& parameters, kernels::Activation activation,
                        const Tensor& targets, const Tensor& weights);

}  // namespace seqrec::autograd
