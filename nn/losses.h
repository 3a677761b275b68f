#pragma once

#include "autograd/variable.h"
#include "core/metadata.h"

namespace seqrec::nn {

using autograd::Variable;

/// RecBole's BPRLoss (Rendle et al. 2009): the mean of -log(1e-10 + sigmoid(score of the positive - score of the
/// negative)), scores being dot products with the row's output vector. output and positives [rows, width]; negatives
/// [rows * n, width], n per row, row by row.
Variable bpr_loss(const Variable& output, const Variable& positives, const Variable& negatives);
/// The binary cross-entropy of Caser's authors: the mean of -log(sigmoid(score)) over the positives plus the mean of
/// -log(1 - sigmoid(score)) over the negatives. Shapes as above.
Variable bce_loss(const Variable& output, const Variable& positives, const Variable& negatives);

/// Negatives that all rows share, and what else their losses compute with.
struct SampledClasses {
  Index items = {};              ///< [n] rows of the items' table: each once; for gbce_loss as often as it was drawn
  Numbers shifts = {};           ///< [n] what is added to the score of each
  Numbers positive_shifts = {};  ///< [rows] and to that of the row's positive
  Index positive_class = {};     ///< [rows] n: the positive's class follows theirs
  /// [rows] the place of the row's positive among the negatives, where it doesn't count; n + 1 where it is none.
  Index excluded = {};
  Numbers excluded_counts = {};  ///< [rows] how often it is among them: for gbce_loss
  Windows labels = {};           ///< [rows] none is a label: for gbce_loss

  template <class F>
  void for_each(F f) const {
    for (const Index& index : {items, positive_class, excluded}) f(index);
    for (const Numbers& numbers : {shifts, positive_shifts, excluded_counts}) f(numbers);
    f(labels);
  }
};

/// Softmax cross-entropy of each row's positive beside negatives that all rows share: the mean of log(exp(p) + sum over
/// the negatives of exp(s)) - p, p and s being scores plus their shifts, which are finite. output and positives [rows,
/// width]; `negatives` [n, width] holds the vectors of `of.items`, each once. No [rows, n] matrix is made. At least one
/// row.
Variable sampled_softmax_loss(const Variable& output, const Variable& positives, const Variable& negatives,
                              const SampledClasses& of);

/// The generalised binary cross-entropy of gSASRec (Petrov and Macdonald, RecSys 2023), with the n negatives that all
/// rows share: the mean over the rows of (-log(sigmoid(p)^beta) - sum over the negatives of log(1 - sigmoid(s))) / (n +
/// 1), p and s being scores. A negative that is the row's positive doesn't count. Shapes as above.
Variable gbce_loss(const Variable& output, const Variable& positives, const Variable& negatives,
                   const SampledClasses& of, double beta);
/// beta of the above: alpha (t (1 - 1 / alpha) + 1 / alpha) with alpha = negatives / others, the share of the items
/// other than the target that are drawn. t in [0, 1]: 0 leaves sigmoid as it is, 1 makes probabilities of scores those
/// of all items.
double gbce_beta(double negatives, double others, double t);

}  // namespace seqrec::nn
