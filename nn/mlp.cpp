#include "nn/mlp.h"

#include "core/error.h"

namespace seqrec::nn {

Mlp::Mlp(std::int64_t in, const std::vector<std::int64_t>& hidden, double dropout, kernels::Activation activation,
         Init& init)
    : activation_(activation) {
  require<ShapeError>(!hidden.empty(), "[mlp] needs a hidden layer");
  const int stride = activation ? 3 : 2;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    const std::string prefix = "mlp_layers.";
    const auto place = static_cast<int>(i) * stride;
    dropouts_.push_back(std::make_unique<Dropout>(dropout));
    add_module(prefix + std::to_string(place), *dropouts_.back());
    linears_.push_back(std::make_unique<Linear>(in, hidden[i], init));
    in = hidden[i];
    add_module(prefix + std::to_string(place + 1), *linears_.back());
  }
}

Variable Mlp::forward(const Variable& x) {
  Variable y = x;
  for (std::size_t i = 0; i < linears_.size(); ++i) y = linears_[i]->forward(dropouts_[i]->forward(y), activation_);
  return y;
}

}  // namespace seqrec::nn
