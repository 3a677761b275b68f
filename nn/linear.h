#pragma once

#include "kernels/matmul.h"
#include "nn/init.h"
#include "nn/module.h"

namespace seqrec::nn {

/// Initial values as BERT's: weights N(0, deviation^2), biases 0.
struct NormalWeights {
  double deviation;
};

/// y = activation(x weight^T + bias): x [..., in], y [..., out]. Parameters `weight` [out, in] and `bias` [out], drawn
/// from U(+-1 / sqrt(in)) as PyTorch's.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, Init& init, bool bias = true);
  /// Weight and bias drawn from U[-bound, bound).
  Linear(std::int64_t in, std::int64_t out, double bound, Init& init, bool bias = true);
  Linear(std::int64_t in, std::int64_t out, NormalWeights weights, Init& init);
  /// With an initial weight of the caller's own.
  Linear(Tensor weight, Init& init, bool bias = true);
  /// With an initial bias of the caller's own too.
  Linear(Tensor weight, Tensor bias);

  Variable forward(const Variable& x, kernels::Activation activation = std::nullopt) const;
  /// The same with a second vector added to the bias (SHAN's double bias).
  Variable forward(const Variable& x, const Variable& extra_bias, kernels::Activation activation) const;
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }  ///< undefined without one

 private:
  Variable weight_;
  Variable bias_;
};

}  // namespace seqrec::nn
