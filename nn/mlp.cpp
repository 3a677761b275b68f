#include "nn/mlp.h"

#include "core/error.h"

namespace seqrec::nn {

Mlp::Mlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const MlpOptions& options)
    : Module(at), activation_(options.activation) {
  require<ShapeError>(!hidden.empty(), "[mlp] needs a hidden layer");
  int place = 0;
  for (const std::int64_t out : hidden) {
    dropouts_.emplace_back(at / concat("mlp_layers.", place), options.dropout);
    linears_.emplace_back(at / concat("mlp_layers.", place + 1), in, out);
    place += activation_ ? 3 : 2;
    in = out;
  }
}

Variable Mlp::operator()(const Variable& x) {
  Variable y = x;
  for (std::size_t i = 0; i < linears_.size(); ++i) y = linears_[i](dropouts_[i](y), activation_);
  return y;
}

}  // namespace seqrec::nn
