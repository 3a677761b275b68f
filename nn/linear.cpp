#include "nn/linear.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"

namespace seqrec::nn {

using namespace autograd;

Linear::Linear(Scope at, std::int64_t in, std::int64_t out, const LinearOptions& options) : Module(at) {
  const auto or_default = [in](const Initial& initial) { return initial ? initial : uniform(fan_in_bound(in)); };
  weight_ = at.parameter("weight", {out, in}, or_default(options.initial_weight));
  if (options.bias) bias_ = at.parameter("bias", {out}, or_default(options.initial_bias));
}

Variable Linear::operator()(const Variable& x, kernels::Activation activation) const {
  return linear(x, weight_, bias_, activation);
}

Variable Linear::operator()(const Variable& x, const Variable& extra_bias, kernels::Activation activation) const {
  return linear(x, weight_, bias_.defined() ? bias_ + extra_bias : extra_bias, activation);
}

kernels::alone::Linear Linear::alone(kernels::Activation activation, const Variable& extra_bias) const {
  const Variable bias = !extra_bias.defined() ? bias_ : bias_.defined() ? bias_ + extra_bias : extra_bias;
  return {weight_.value(), bias.defined() ? bias.value() : Tensor(), activation};
}

}  // namespace seqrec::nn
