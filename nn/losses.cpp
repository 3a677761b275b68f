#include "nn/losses.h"

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

/// The scores of a row's positive [rows, 1] and of its negatives [rows, n].
struct Scores {
  Variable positives, negatives;
};

Scores scores(const char* loss, const Variable& output, const Variable& positives, const Variable& negatives) {
  const std::int64_t rows = output.shape()[0], width = output.shape()[1];
  require<ShapeError>(rows > 0 && negatives.shape()[0] > 0 && negatives.shape()[0] % rows == 0, "[", loss,
                      "] expected at least one negative per row, got ", negatives.shape()[0], " for ", rows, " rows");
  const Variable hidden = reshape(output, {rows, 1, width});
  const auto score = [&](const Variable& items) {
    return sum(hidden * reshape(items, {rows, items.shape()[0] / rows, width}), 2);
  };
  return {score(positives), score(negatives)};
}

}  // namespace

Variable bpr_loss(const Variable& output, const Variable& positives, const Variable& negatives) {
  const Scores score = scores("bpr_loss", output, positives, negatives);
  return -mean(log(sigmoid(score.positives - score.negatives) + 1e-10));
}

Variable bce_loss(const Variable& output, const Variable& positives, const Variable& negatives) {
  const Scores score = scores("bce_loss", output, positives, negatives);
  return -(mean(log_sigmoid(score.positives)) + mean(log_sigmoid(-score.negatives)));
}

// One product and one pass: with hidden (h, p, 1) and classes (e, -1, shift) a negative's logit is s - p, and that of
// the class after them, all zeros, is the positive's, 0.
Variable sampled_softmax_loss(const Variable& output, const Variable& positives, const Variable& negatives,
                              const SampledClasses& of) {
  const std::int64_t rows = output.shape()[0], n = negatives.shape()[0], width = output.shape()[1];
  const DType dtype = output.dtype();
  const Device device = output.device();
  const auto column = [&](std::int64_t size, double value) {
    Tensor filled({size, 1}, dtype, device);
    kernels::fill(value, filled);
    return Variable(filled);
  };
  const Variable score = sum(output * positives, 1) + Variable(of.positive_shifts.on(dtype, device));
  const Variable shifts(of.shifts.on(dtype, device).reshape({n, 1}));
  const Variable positive(Tensor::zeros({1, width + 2}, dtype, device));
  return catalogue_cross_entropy(concat({output, reshape(score, {rows, 1}), column(rows, 1)}, 1),
                                 concat({concat({negatives, column(n, -1), shifts}, 1), positive}, 0),
                                 of.positive_class, 0, of.excluded);
}

// The negatives are classes without a label, and what a row's positive adds among them is taken off again.
Variable gbce_loss(const Variable& output, const Variable& positives, const Variable& negatives,
                   const SampledClasses& of, double beta) {
  const Variable score = sum(output * positives, 1);
  const Variable counts(of.excluded_counts.on(output.dtype(), output.device()));
  const Variable all = catalogue_binary_cross_entropy(output, negatives, Index(), of.labels);
  return (all + sum(counts * log_sigmoid(-score)) - beta * sum(log_sigmoid(score))) /
         static_cast<double>(output.shape()[0] * (negatives.shape()[0] + 1));
}

double gbce_beta(double negatives, double others, double t) {
  const double alpha = negatives / others;
  return alpha * (t * (1 - 1 / alpha) + 1 / alpha);
}

}  // namespace seqrec::nn
