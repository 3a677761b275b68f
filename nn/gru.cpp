#include "nn/gru.h"

#include "autograd/ops/gru.h"
#include "autograd/ops/matmul.h"

namespace seqrec::nn {

Gru::Gru(kernels::GruCell cell, std::int64_t in, std::int64_t width, Init& init, const std::string& suffix)
    : Gru{cell,
          init.uniform({3 * width, in}, fan_in_bound(width)),
          init.uniform({3 * width, width}, fan_in_bound(width)),
          init.uniform({3 * width}, fan_in_bound(width)),
          init.uniform({3 * width}, fan_in_bound(width)),
          suffix} {}  // braces: in this order

Gru::Gru(kernels::GruCell cell, Tensor weight_ih, Tensor weight_hh, Tensor bias_ih, Tensor bias_hh,
         const std::string& suffix)
    : cell_(cell),
      weight_ih_(add_parameter("weight_ih" + suffix, std::move(weight_ih))),
      weight_hh_(add_parameter("weight_hh" + suffix, std::move(weight_hh))) {
  const auto bias = [&](const std::string& name, Tensor& own) {
    if (own.defined()) return add_parameter(name + suffix, std::move(own));
    const Tensor& weight = weight_hh_.value();
    return Variable(Tensor::zeros({weight.size(0)}, weight.dtype(), weight.device()));
  };
  bias_ih_ = bias("bias_ih", bias_ih);
  bias_hh_ = bias("bias_hh", bias_hh);
}

Variable Gru::project(const Variable& x) const { return autograd::matmul(x, weight_ih_, false, true); }

Variable Gru::forward(const Variable& projected, const Windows& windows, const Variable& scores) const {
  return autograd::gru(cell_, projected, scores, windows, weight_hh_, bias_ih_, bias_hh_);
}

}  // namespace seqrec::nn
