#include "nn/gru.h"

#include <algorithm>

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

void Gru::freeze_alone() {
  alone_ih_ = {weight_ih_.value(), Tensor()};
  alone_hh_ = {weight_hh_.value(), Tensor()};
}

void Gru::step_alone(std::int64_t windows, const float* projected, const float* scores, Arena& arena, float* h) const {
  const Arena::Scope scope(arena);
  float* hidden = arena.take<float>(windows * 3 * width()).data();
  alone_hh_(windows, h, hidden);
  kernels::alone::gru_step(cell_, windows, width(), scores, projected, bias_ih_.value().data<float>(), hidden,
                           bias_hh_.value().data<float>(), h);
}

void Gru::states_alone(std::int64_t rows, const float* projected, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::span<float> h = arena.take<float>(width());
  std::fill(h.begin(), h.end(), 0.0f);
  for (std::int64_t i = 0; i < rows; ++i, out += width()) {
    step_alone(1, projected + i * 3 * width(), nullptr, arena, h.data());
    std::copy(h.begin(), h.end(), out);
  }
}

}  // namespace seqrec::nn
