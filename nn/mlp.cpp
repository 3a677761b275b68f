#include "nn/mlp.h"

#include "core/error.h"

namespace seqrec::nn {

Mlp::Mlp(const std::vector<std::int64_t>& widths, double dropout, kernels::Activation activation, Init& init)
    : activation_(activation) {
  require<ShapeError>(widths.size() >= 2, "[mlp] needs at least two widths, got ", widths.size());
  const int stride = activation == kernels::Activation::None ? 2 : 3;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const std::string prefix = "mlp_layers.";
    const auto place = static_cast<int>(i) * stride;
    dropouts_.push_back(std::make_unique<Dropout>(dropout));
    add_module(prefix + std::to_string(place), *dropouts_.back());
    linears_.push_back(std::make_unique<Linear>(widths[i], widths[i + 1], init));
    add_module(prefix + std::to_string(place + 1), *linears_.back());
  }
}

Variable Mlp::forward(const Variable& x) {
  Variable y = x;
  for (std::size_t i = 0; i < linears_.size(); ++i) y = linears_[i]->forward(dropouts_[i]->forward(y), activation_);
  return y;
}

}  // namespace seqrec::nn
