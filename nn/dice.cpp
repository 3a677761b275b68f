#include "nn/dice.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"
#include "core/error.h"

namespace seqrec::nn {

Dice::Dice(std::int64_t width, bool learnable, Init& init) {
  if (learnable) alpha_ = add_parameter("alpha", init.zeros({width}));
}

// p s is swish, so (1 - p) s is what is left of s.
Variable Dice::forward(const Variable& s) const {
  const Variable positive = autograd::swish(s);
  return alpha_.defined() ? positive + alpha_ * (s - positive) : positive;
}

DiceMlp::Layer::Layer(std::int64_t in, std::int64_t out, double p, bool learnable_dice, Init& init)
    : dropout(p),
      linear{init.xavier_normal({out, in}), init.zeros({out})},
      norm(out, init),
      dice(out, learnable_dice, init) {}

DiceMlp::DiceMlp(std::int64_t in, const std::vector<std::int64_t>& hidden, double dropout, bool learnable_dice,
                 Init& init) {
  require<ShapeError>(!hidden.empty(), "[dice_mlp] needs a hidden layer");
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    layers_.push_back(std::make_unique<Layer>(in, hidden[l], dropout, learnable_dice, init));
    in = hidden[l];
    Module* const parts[] = {&layers_[l]->dropout, &layers_[l]->linear, &layers_[l]->norm, &layers_[l]->dice};
    for (std::size_t i = 0; i < std::size(parts); ++i) add_module("mlp_layers." + std::to_string(4 * l + i), *parts[i]);
  }
}

Variable DiceMlp::forward(const Variable& x) {
  Variable y = x;
  for (const auto& layer : layers_) {
    // Batch norm takes the bias out again, so its gradient is 0. Computed, it would be the rounding of a sum, which
    // Adam divides by itself.
    const Variable z =
        autograd::linear(layer->dropout.forward(y), layer->linear.weight(), layer->linear.bias().detach());
    y = layer->dice.forward(layer->norm.forward(z));
  }
  return y;
}

}  // namespace seqrec::nn
