#pragma once

#include <vector>

#include "nn/dropout.h"
#include "nn/linear.h"

namespace seqrec::nn {

struct MlpOptions {
  double dropout = 0;
  kernels::Activation activation = kernels::Unary::Relu;  ///< after each layer, the last too
};

/// RecBole's MLPLayers without batch norm: dropout, linear, activation for each hidden width, at least one. Parameters
/// `mlp_layers.N.weight`, `.bias`, where N counts PyTorch's Sequential (dropout, linear, activation: 1, 4, 7, ...).
class Mlp : public Module {
 public:
  Mlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const MlpOptions& options = {});
  Variable operator()(const Variable& x);

 private:
  std::vector<Dropout> dropouts_;
  std::vector<Linear> linears_;
  kernels::Activation activation_;
};

}  // namespace seqrec::nn
