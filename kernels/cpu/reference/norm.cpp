#include "kernels/norm.h"

#include <algorithm>

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

Column row_means(const Array& x) { return row_sums(x) / std::max<double>(1, x.cols()); }

Column row_variances(const Array& x) { return row_means((x.colwise() - row_means(x)).square()); }

/// The gradient of rows' normal form (x - mean) rstd, but for the factor rstd.
Array normal_gradient(const Array& normal, const Array& grad) {
  return (grad - normal.colwise() * row_means(grad * normal)).colwise() - row_means(grad);
}

}  // namespace

void layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
                Tensor& rstd) {
  const Array xs = matrix(x);
  const Column means = row_means(xs), rstds = 1 / (row_variances(xs) + eps).sqrt();
  const Array normal = (xs.colwise() - means).colwise() * rstds;
  write(y, (normal.rowwise() * row(gamma)).rowwise() + row(beta));
  write(mean, means);
  write(rstd, rstds);
}

void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  const Array normal = (matrix(x).colwise() - column(mean)).colwise() * column(rstd), grad = matrix(grad_y);
  write(grad_x, normal_gradient(normal, grad.rowwise() * row(gamma)).colwise() * column(rstd));
  write(grad_gamma, (grad * normal).colwise().sum());
  write(grad_beta, grad.colwise().sum());
}

void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  const Array columns = matrix(x).transpose();
  write(mean, row_means(columns));
  write(var, row_variances(columns));
}

void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  const Row scale = row(gamma) / (row(var) + eps).sqrt();
  write(y, ((matrix(x).rowwise() - row(mean)).rowwise() * scale).rowwise() + row(beta));
}

void batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double eps,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  const Row rstd = 1 / (row(var) + eps).sqrt();
  const Array normal = (matrix(x).rowwise() - row(mean)).rowwise() * rstd, grad = matrix(grad_y);
  const Array of_columns = normal_gradient(normal.transpose(), grad.transpose());
  write(grad_x, of_columns.transpose().rowwise() * (rstd * row(gamma)));
  write(grad_gamma, (grad * normal).colwise().sum());
  write(grad_beta, grad.colwise().sum());
}

}  // namespace seqrec::kernels::reference
