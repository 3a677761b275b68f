#pragma once

#include "kernels/alone.h"
#include "kernels/matmul.h"
#include "nn/module.h"

namespace seqrec::nn {

struct LinearOptions {
  bool bias = true;
  Initial initial_weight = nullptr;  ///< null: as PyTorch's, U(+-1 / sqrt(in))
  Initial initial_bias = nullptr;    ///< likewise
};

/// y = activation(x weight^T + bias): x [..., in], y [..., out]. Parameters `weight` [out, in] and `bias` [out].
class Linear : public Module {
 public:
  Linear(Scope at, std::int64_t in, std::int64_t out, const LinearOptions& options = {});

  Variable operator()(const Variable& x, kernels::Activation activation = std::nullopt) const;
  /// The same with a second vector added to the bias (SHAN's double bias).
  Variable operator()(const Variable& x, const Variable& extra_bias, kernels::Activation activation) const;
  /// The same for requests one at a time, while the parameters don't change; `extra_bias` may be undefined.
  kernels::alone::Linear alone(kernels::Activation activation = std::nullopt,
                               const Variable& extra_bias = Variable()) const;
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }  ///< undefined without one

 private:
  Variable weight_, bias_;
};

}  // namespace seqrec::nn
