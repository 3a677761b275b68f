#pragma once

#include "autograd/variable.h"

namespace seqrec::nn {

using autograd::Variable;

/// RecBole's BPRLoss (Rendle et al. 2009): the mean of -log(1e-10 + sigmoid(score of the positive - score of the
/// negative)), scores being dot products with the row's output vector. output and positives [rows, width]; negatives
/// [rows * n, width], n per row, row by row.
Variable bpr_loss(const Variable& output, const Variable& positives, const Variable& negatives);
/// The binary cross-entropy of Caser's authors: the mean of -log(sigmoid(score)) over the positives plus the mean of
/// -log(1 - sigmoid(score)) over the negatives. Shapes as above.
Variable bce_loss(const Variable& output, const Variable& positives, const Variable& negatives);

}  // namespace seqrec::nn
