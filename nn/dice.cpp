#include "nn/dice.h"

#include <algorithm>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

Dice::Dice(Scope at, std::int64_t width, bool learnable) : Module(at) {
  if (learnable) alpha_ = at.parameter("alpha", {width}, zeros());
}

// p s is swish, so (1 - p) s is what is left of s.
Variable Dice::operator()(const Variable& s) const {
  const Variable positive = swish(s);
  return alpha_.defined() ? positive + alpha_ * (s - positive) : positive;
}

void Dice::alone(std::int64_t rows, std::int64_t width, Arena& arena, float* s) const {
  const Arena::Scope scope(arena);
  const std::int64_t n = rows * width;
  const std::span<float> positive = arena.take<float>(n);
  kernels::alone::unary(kernels::Unary::Swish, n, s, positive.data());
  if (!alpha_.defined()) {
    std::copy(positive.begin(), positive.end(), s);
    return;
  }
  const float* alpha = alpha_.value().data<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    const float p = positive[static_cast<std::size_t>(i)];
    s[i] = p + alpha[i % width] * (s[i] - p);
  }
}

DiceMlp::DiceMlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const DiceMlpOptions& options)
    : Module(at) {
  require<ShapeError>(!hidden.empty(), "[dice_mlp] needs a hidden layer");
  int place = 0;
  const auto next = [&] { return at / concat("mlp_layers.", place++); };
  for (const std::int64_t out : hidden) {
    layers_.push_back(  // braces: in this order
        {Dropout(next(), options.dropout),
         Linear(next(), in, out, {.initial_weight = xavier_normal(), .initial_bias = zeros()}),
         BatchNorm1d(next(), out), Dice(next(), out, options.learnable_dice), kernels::alone::Linear()});
    in = out;
  }
}

void DiceMlp::freeze_alone() {
  for (Layer& layer : layers_) {
    layer.alone = layer.linear.alone();
    layer.norm.freeze_alone();
  }
}

void DiceMlp::alone(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const std::int64_t width = layer.alone.out();
    float* y = l + 1 < layers_.size() ? arena.take<float>(rows * width).data() : out;
    layer.alone(rows, x, y);
    layer.norm.alone(rows, y);
    layer.dice.alone(rows, width, arena, y);
    x = y;
  }
}

Variable DiceMlp::operator()(const Variable& x) {
  Variable y = x;
  for (Layer& layer : layers_) {
    // Batch norm takes the bias out again, so its gradient is 0. Computed, it would be the rounding of a sum, which
    // Adam divides by itself.
    const Variable z = linear(layer.dropout(y), layer.linear.weight(), layer.linear.bias().detach());
    y = layer.dice(layer.norm(z));
  }
  return y;
}

}  // namespace seqrec::nn
