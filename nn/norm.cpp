#include "nn/norm.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/norm.h"
#include "kernels/alone.h"
#include "kernels/elementwise.h"

namespace seqrec::nn {

using namespace autograd;

LayerNorm::LayerNorm(Scope at, std::int64_t width, const LayerNormOptions& options)
    : Module(at),
      weight_(at.parameter("weight", {width}, constant(1))),
      bias_(at.parameter("bias", {width}, zeros())),
      eps_(options.eps) {}

Variable LayerNorm::operator()(const Variable& x) const { return layer_norm(x, weight_, bias_, eps_); }

void LayerNorm::alone(std::int64_t rows, float* x) const {
  kernels::alone::layer_norm(rows, weight_.shape()[0], x, weight_.value().data<float>(), bias_.value().data<float>(),
                             eps_, x);
}

BatchNorm1d::BatchNorm1d(Scope at, std::int64_t width, const BatchNormOptions& options)
    : Module(at),
      weight_(at.parameter("weight", {width}, constant(1))),
      bias_(at.parameter("bias", {width}, zeros())),
      running_mean_(at.buffer("running_mean", {width}, zeros())),
      running_var_(at.buffer("running_var", {width}, constant(1))),
      num_batches_tracked_(at.buffer("num_batches_tracked", Tensor::zeros({}, DType::I64))),
      eps_(options.eps),
      momentum_(options.momentum) {}

// As batch_norm_eval: each operation rounds.
void BatchNorm1d::freeze_alone() {
  const NoGrad no_grad;
  scale_ = (weight_ / sqrt(Variable(running_var_) + eps_)).value();
}

void BatchNorm1d::alone(std::int64_t rows, float* x) const {
  const std::int64_t width = scale_.numel();
  const float *mean = running_mean_.data<float>(), *scale = scale_.data<float>(), *shift = bias_.value().data<float>();
  for (std::int64_t i = 0; i < rows; ++i, x += width)
    for (std::int64_t j = 0; j < width; ++j) x[j] = (x[j] - mean[j]) * scale[j] + shift[j];
}

Variable BatchNorm1d::operator()(const Variable& x) {
  if (!training() || x.shape()[0] == 1) return batch_norm_eval(x, running_mean_, running_var_, weight_, bias_, eps_);
  Tensor mean, var;
  const Variable y = batch_norm_train(x, weight_, bias_, eps_, mean, var);
  const double rows = static_cast<double>(x.shape()[0]);
  kernels::affine(1.0 - momentum_, 0.0, running_mean_, running_mean_);
  kernels::add_scaled(momentum_, mean, running_mean_);
  kernels::affine(1.0 - momentum_, 0.0, running_var_, running_var_);
  kernels::add_scaled(momentum_ * rows / (rows - 1.0), var, running_var_);
  ++num_batches_tracked_.at<std::int64_t>({});
  return y;
}

}  // namespace seqrec::nn
