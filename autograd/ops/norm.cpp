#include "autograd/ops/norm.h"

#include "autograd/ops/elementwise.h"
#include "kernels/copy.h"
#include "kernels/norm.h"

namespace seqrec::autograd {

Variable layer_norm(const Variable& x, const Variable& gamma, const Variable& beta, double eps) {
  require<ShapeError>(x.value().rank() >= 1, "[layer_norm] needs a last axis: ", x.shape());
  const std::int64_t width = x.shape().back();
  const Tensor rows = kernels::contiguous(x.value()).reshape({width == 0 ? 0 : x.value().numel() / width, width});
  Tensor y = empty_like(rows);
  Tensor mean({rows.size(0)}, x.dtype(), x.device()), rstd = empty_like(mean);
  kernels::layer_norm(rows, gamma.value(), beta.value(), eps, y, mean, rstd);
  return record("layer_norm", {x, gamma, beta}, y.reshape(x.shape()),
                [rows, gamma = gamma.value(), mean, rstd, from = x.shape()](Backward& b) {
                  Tensor grad_x = empty_like(rows), grad_gamma = empty_like(gamma), grad_beta = empty_like(gamma);
                  kernels::layer_norm_backward(rows, gamma, mean, rstd, b.grad().reshape(rows.shape()), grad_x,
                                               grad_gamma, grad_beta);
                  b.give(0, grad_x.reshape(from));
                  b.give(1, grad_gamma);
                  b.give(2, grad_beta);
                });
}

Variable batch_norm_train(const Variable& x, const Variable& gamma, const Variable& beta, double eps, Tensor& mean,
                          Tensor& var) {
  require<ShapeError>(x.value().rank() == 2 && x.shape()[0] > 0, "[batch_norm] expected rows [rows >= 1, width], got ",
                      x.shape());
  const Tensor rows = kernels::contiguous(x.value());
  mean = empty_like(gamma.value());
  var = empty_like(gamma.value());
  kernels::column_mean_var(rows, mean, var);
  Tensor y = empty_like(rows);
  kernels::batch_norm(rows, mean, var, gamma.value(), beta.value(), eps, y);
  return record("batch_norm_train", {x, gamma, beta}, y, [rows, mean, var, gamma = gamma.value(), eps](Backward& b) {
    Tensor grad_x = empty_like(rows), grad_gamma = empty_like(gamma), grad_beta = empty_like(gamma);
    kernels::batch_norm_backward(rows, mean, var, gamma, eps, b.grad(), grad_x, grad_gamma, grad_beta);
    b.give(0, grad_x);
    b.give(1, grad_gamma);
    b.give(2, grad_beta);
  });
}

// y = (x - mean) gamma / sqrt(var + eps) + beta, as a composite: mean and var are constants.
Variable batch_norm_eval(const Variable& x, const Tensor& mean, const Tensor& var, const Variable& gamma,
                         const Variable& beta, double eps) {
  const Variable scale = gamma / sqrt(Variable(var) + eps);
  return (x - Variable(mean)) * scale + beta;
}

}  // namespace seqrec::autograd
