#include "nn/gru.h"

#include "autograd/ops/gru.h"
#include "autograd/ops/matmul.h"

namespace seqrec::nn {

using namespace autograd;

Gru::Gru(Scope at, std::int64_t in, std::int64_t width, const GruOptions& options) : Module(at), cell_(options.cell) {
  const auto make = [&](const char* name, Shape shape, const Initial& initial) {
    return at.parameter(name + options.suffix, shape, initial ? initial : uniform(fan_in_bound(width)));
  };
  weight_ih_ = make("weight_ih", {3 * width, in}, options.initial_weight);
  weight_hh_ = make("weight_hh", {3 * width, width}, options.initial_weight);
  if (options.bias) {
    bias_ih_ = make("bias_ih", {3 * width}, options.initial_bias);
    bias_hh_ = make("bias_hh", {3 * width}, options.initial_bias);
  } else {
    bias_ih_ = bias_hh_ = Variable(Tensor::zeros({3 * width}, at.dtype(), at.device()));
  }
}

Variable Gru::operator()(const Variable& x, const Windows& windows) const { return states(project(x), windows); }

Variable Gru::project(const Variable& x) const { return matmul(x, weight_ih_, false, true); }

Variable Gru::states(const Variable& projected, const Windows& windows, const Variable& scores) const {
  return gru(cell_, projected, scores, windows, weight_hh_, bias_ih_, bias_hh_);
}

}  // namespace seqrec::nn
