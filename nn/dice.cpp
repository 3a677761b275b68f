#include "nn/dice.h"

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

DiceMlp::DiceMlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const DiceMlpOptions& options)
    : Module(at) {
  require<ShapeError>(!hidden.empty(), "[dice_mlp] needs a hidden layer");
  int place = 0;
  const auto next = [&] { return at / concat("mlp_layers.", place++); };
  for (const std::int64_t out : hidden) {
    layers_.push_back(  // braces: in this order
        {Dropout(next(), options.dropout),
         Linear(next(), in, out, {.initial_weight = xavier_normal(), .initial_bias = zeros()}),
         BatchNorm1d(next(), out), Dice(next(), out, options.learnable_dice)});
    in = out;
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
