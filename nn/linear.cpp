#include "nn/linear.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"

namespace seqrec::nn {

Linear::Linear(std::int64_t in, std::int64_t out, Init& init, bool bias)
    : Linear(in, out, fan_in_bound(in), init, bias) {}

Linear::Linear(std::int64_t in, std::int64_t out, double bound, Init& init, bool bias)
    : weight_(add_parameter("weight", init.uniform({out, in}, bound))) {
  if (bias) bias_ = add_parameter("bias", init.uniform({out}, bound));
}

Linear::Linear(std::int64_t in, std::int64_t out, NormalWeights weights, Init& init)
    : weight_(add_parameter("weight", init.normal({out, in}, weights.deviation))),
      bias_(add_parameter("bias", init.zeros({out}))) {}

Linear::Linear(Tensor weight, Init& init, bool bias) : weight_(add_parameter("weight", weight)) {
  if (bias) bias_ = add_parameter("bias", init.uniform({weight.size(0)}, fan_in_bound(weight.size(1))));
}

Linear::Linear(Tensor weight, Tensor bias)
    : weight_(add_parameter("weight", std::move(weight))), bias_(add_parameter("bias", std::move(bias))) {}

Variable Linear::forward(const Variable& x, kernels::Activation activation) const {
  return autograd::linear(x, weight_, bias_, activation);
}

Variable Linear::forward(const Variable& x, const Variable& extra_bias, kernels::Activation activation) const {
  return autograd::linear(x, weight_, bias_.defined() ? autograd::add(bias_, extra_bias) : extra_bias, activation);
}

}  // namespace seqrec::nn
