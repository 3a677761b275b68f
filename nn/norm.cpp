#include "nn/norm.h"

#include "autograd/ops/norm.h"
#include "kernels/elementwise.h"

namespace seqrec::nn {

LayerNorm::LayerNorm(std::int64_t width, double eps, Init& init)
    : weight_(add_parameter("weight", init.constant({width}, 1.0))),
      bias_(add_parameter("bias", init.zeros({width}))),
      eps_(eps) {}

Variable LayerNorm::forward(const Variable& x) const { return autograd::layer_norm(x, weight_, bias_, eps_); }

BatchNorm1d::BatchNorm1d(std::int64_t width, Init& init, double eps, double momentum)
    : weight_(add_parameter("weight", init.constant({width}, 1.0))),
      bias_(add_parameter("bias", init.zeros({width}))),
      running_mean_(add_buffer("running_mean", init.zeros({width}))),
      running_var_(add_buffer("running_var", init.constant({width}, 1.0))),
      num_batches_tracked_(add_buffer("num_batches_tracked", Tensor::zeros({}, DType::I64))),
      eps_(eps),
      momentum_(momentum) {}

Variable BatchNorm1d::forward(const Variable& x) {
  if (!training() || x.shape()[0] == 1)
    return autograd::batch_norm_eval(x, running_mean_, running_var_, weight_, bias_, eps_);
  Tensor mean, var;
  const Variable y = autograd::batch_norm_train(x, weight_, bias_, eps_, mean, var);
  const double rows = static_cast<double>(x.shape()[0]);
  kernels::affine(1.0 - momentum_, 0.0, running_mean_, running_mean_);
  kernels::add_scaled(momentum_, mean, running_mean_);
  kernels::affine(1.0 - momentum_, 0.0, running_var_, running_var_);
  kernels::add_scaled(momentum_ * rows / (rows - 1.0), var, running_var_);
  ++num_batches_tracked_.at<std::int64_t>({});
  return y;
}

}  // namespace seqrec::nn
