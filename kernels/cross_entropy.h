#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// losses[i] = log sum exp(logits[i]) - logits[i][targets[i]]: logits [rows, classes], losses [rows].
SEQREC_KERNEL(cross_entropy, const Tensor& logits, const Index& targets, Tensor& losses)
/// grad_logits[i] = grad_losses[i] (softmax(logits[i]) - onehot(targets[i])).
SEQREC_KERNEL(cross_entropy_backward, const Tensor& logits, const Index& targets, const Tensor& grad_losses,
              Tensor& grad_logits)

/// cross_entropy of logits = hidden table^T, which are made and reduced by tiles of rows that stay in cache; no
/// [rows, classes] matrix is kept. hidden [rows, width], table [classes, width], losses [rows]. `excluded` names a
/// class that is none for each row, `classes` where there is no such one; empty: all classes count. It is never the
/// target. Losses are `scale` times what cross_entropy gives. Where defined, grad_hidden [rows, width] and grad_table
/// [classes, width] are overwritten with the gradient of the *sum* of the losses, made in the same pass: three products
/// instead of four.
SEQREC_KERNEL(catalogue_cross_entropy, const Tensor& hidden, const Tensor& table, const Index& targets,
              const Index& excluded, double scale, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table)

/// Binary cross-entropy with logits: losses[i] = max(x, 0) - x t + log(1 + exp(-|x|)), t the target in [0, 1]; one
/// shape.
SEQREC_KERNEL(binary_cross_entropy, const Tensor& logits, const Tensor& targets, Tensor& losses)
/// grad_logits = grad_losses (sigmoid(x) - t).
SEQREC_KERNEL(binary_cross_entropy_backward, const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
              Tensor& grad_logits)

/// Binary cross-entropy with logits hidden table^T, where row i's targets are 1 for the classes that window i over
/// `classes` names (each once) and 0 for all others: losses[i] = sum over the classes of log(1 + exp(x)) - sum over the
/// window of x, times `scale`. By tiles that stay in cache: neither the logits nor the targets are ever a [rows,
/// classes] matrix. hidden [rows, width], table [classes, width], losses [rows]. Where defined, grad_hidden and
/// grad_table are overwritten with the gradient of the *sum* of the losses.
SEQREC_KERNEL(catalogue_binary_cross_entropy, const Tensor& hidden, const Tensor& table, const Index& classes,
              const Windows& windows, double scale, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table)

}  // namespace seqrec::kernels
