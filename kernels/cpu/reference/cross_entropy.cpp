#include "kernels/cross_entropy.h"

#include <limits>

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

Column log_sum_exp(const Array& logits) {
  const Column max = logits.rowwise().maxCoeff();
  return max + row_sums((logits.colwise() - max).unaryExpr(&exp)).unaryExpr(&log);
}

Column losses_of(const Array& logits, const Index& targets) {
  Column losses = log_sum_exp(logits);
  for (std::int64_t i = 0; i < targets.size(); ++i) losses(i) -= logits(i, targets[i]);
  return losses;
}

Array logits_gradient(const Array& logits, const Index& targets) {
  Array gradient = (logits.colwise() - log_sum_exp(logits)).unaryExpr(&exp);
  for (std::int64_t i = 0; i < targets.size(); ++i) gradient(i, targets[i]) -= 1;
  return gradient;
}

/// The gradients of logits = hidden table^T, where they are asked for.
void write_factors_gradients(const Array& grad_logits, const Tensor& hidden, const Tensor& table, Tensor& grad_hidden,
                             Tensor& grad_table) {
  if (grad_hidden.defined()) write(grad_hidden, product(grad_logits, matrix(table)));
  if (grad_table.defined()) write(grad_table, product(grad_logits.transpose(), matrix(hidden)));
}

}  // namespace

void cross_entropy(const Tensor& logits, const Index& targets, Tensor& losses) {
  write(losses, losses_of(matrix(logits), targets));
}

void cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                            Tensor& grad_logits) {
  write(grad_logits, logits_gradient(matrix(logits), targets).colwise() * column(grad_losses));
}

void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, const Index& excluded,
                             double scale, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
  Array logits = product(matrix(hidden), matrix(table).transpose());
  for (std::int64_t i = 0; i < excluded.size(); ++i)
    if (excluded[i] < logits.cols()) logits(i, excluded[i]) = -std::numeric_limits<double>::infinity();
  write(losses, scale * losses_of(logits, targets));
  write_factors_gradients(scale * logits_gradient(logits, targets), hidden, table, grad_hidden, grad_table);
}

void binary_cross_entropy(const Tensor& logits, const Tensor& targets, Tensor& losses) {
  const Array x = matrix(logits);
  write(losses, x.unaryExpr(&softplus) - x * matrix(targets));
}

void binary_cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
                                   Tensor& grad_logits) {
  write(grad_logits, matrix(grad_losses) * (matrix(logits).unaryExpr(&sigmoid) - matrix(targets)));
}

void catalogue_binary_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& classes,
                                    const Windows& windows, double scale, Tensor& losses, Tensor& grad_hidden,
                                    Tensor& grad_table) {
  const Array logits = product(matrix(hidden), matrix(table).transpose());
  Array targets = Array::Zero(logits.rows(), logits.cols());
  for (std::int64_t e = 0; e < windows.entries(); ++e)
    targets(windows.entry_windows()[e], classes[windows.entry_values()[e]]) = 1;
  write(losses, scale * row_sums(logits.unaryExpr(&softplus) - logits * targets));
  write_factors_gradients(scale * (logits.unaryExpr(&sigmoid) - targets), hidden, table, grad_hidden, grad_table);
}

}  // namespace seqrec::kernels::reference
