#include "kernels/norm.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double, Tensor& y, Tensor& mean,
                       Tensor& rstd) {
  const Arguments arguments{"layer_norm"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  arguments.input("gamma", gamma, {x.size(1)}, x.dtype());
  arguments.input("beta", beta, {x.size(1)}, x.dtype());
  arguments.result("y", y, x.shape(), x.dtype());
  arguments.result("mean", mean, {x.size(0)}, x.dtype());
  arguments.result("rstd", rstd, {x.size(0)}, x.dtype());
}

void check::layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                                const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  const Arguments arguments{"layer_norm_backward"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  arguments.input("gamma", gamma, {x.size(1)}, x.dtype());
  arguments.input("mean", mean, {x.size(0)}, x.dtype());
  arguments.input("rstd", rstd, {x.size(0)}, x.dtype());
  arguments.input("grad_y", grad_y, x.shape(), x.dtype());
  arguments.result("grad_x", grad_x, x.shape(), x.dtype());
  arguments.result("grad_gamma", grad_gamma, {x.size(1)}, x.dtype());
  arguments.result("grad_beta", grad_beta, {x.size(1)}, x.dtype());
}

void check::column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  const Arguments arguments{"column_mean_var"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  require<ShapeError>(x.size(0) > 0, "[column_mean_var] x: expected at least one row, got ", x.shape());
  arguments.result("mean", mean, {x.size(1)}, x.dtype());
  arguments.result("var", var, {x.size(1)}, x.dtype());
}

void check::batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                       double, Tensor& y) {
  const Arguments arguments{"batch_norm"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  arguments.input("mean", mean, {x.size(1)}, x.dtype());
  arguments.input("var", var, {x.size(1)}, x.dtype());
  arguments.input("gamma", gamma, {x.size(1)}, x.dtype());
  arguments.input("beta", beta, {x.size(1)}, x.dtype());
  arguments.result("y", y, x.shape(), x.dtype());
}

void check::batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double,
                                const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  const Arguments arguments{"batch_norm_backward"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  arguments.input("mean", mean, {x.size(1)}, x.dtype());
  arguments.input("var", var, {x.size(1)}, x.dtype());
  arguments.input("gamma", gamma, {x.size(1)}, x.dtype());
  arguments.input("grad_y", grad_y, x.shape(), x.dtype());
  arguments.result("grad_x", grad_x, x.shape(), x.dtype());
  arguments.result("grad_gamma", grad_gamma, {x.size(1)}, x.dtype());
  arguments.result("grad_beta", grad_beta, {x.size(1)}, x.dtype());
}

}  // namespace seqrec::kernels
