#pragma once

#include <memory>
#include <vector>

#include "nn/dropout.h"
#include "nn/linear.h"

namespace seqrec::nn {

/// RecBole's MLPLayers without batch norm: dropout, linear, activation for each hidden width, at least one. Parameters
/// `mlp_layers.N.weight`, `.bias`, where N counts PyTorch's Sequential (dropout, linear, activation: 1, 4, 7, ...).
class Mlp : public Module {
 public:
  Mlp(std::int64_t in, const std::vector<std::int64_t>& hidden, double dropout, kernels::Activation activation,
      Init& init);
  Variable forward(const Variable& x);

 private:
  std::vector<std::unique_ptr<Dropout>> dropouts_;
  std::vector<std::unique_ptr<Linear>> linears_;
  kernels::Activation activation_;
};

}  // namespace seqrec::nn
