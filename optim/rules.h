#pragma once

#include "optim/optimizer.h"

namespace seqrec::optim {

/// The optimisers that have a name, with PyTorch's formulas (kernels/optimizer.h), defaults and names of state. Each
/// trains a module's parameters, or a list of one's own:
///
///     optim::Adam adam(net, {.learning_rate = 1e-2});
///     adam.minimise(loss);
///
/// UsageError for options out of their range. `weight_decay` is an L2 penalty.

struct SgdOptions {
  double learning_rate = 1e-3;
  double momentum = 0;  ///< >= 0
  double weight_decay = 0;
};
class Sgd : public Optimizer {
 public:
  explicit Sgd(Parameters parameters, const SgdOptions& options = {});
  explicit Sgd(const nn::Module& module, const SgdOptions& options = {}) : Sgd(module.parameters(), options) {}
};

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;  ///< of the moments, in [0, 1)
  double eps = 1e-8;
  double weight_decay = 0;
};
class Adam : public Optimizer {
 public:
  explicit Adam(Parameters parameters, const AdamOptions& options = {});
  explicit Adam(const nn::Module& module, const AdamOptions& options = {}) : Adam(module.parameters(), options) {}
};

struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< decoupled: parameters shrink by learning_rate weight_decay each step
};
class AdamW : public Optimizer {
 public:
  explicit AdamW(Parameters parameters, const AdamWOptions& options = {});
  explicit AdamW(const nn::Module& module, const AdamWOptions& options = {}) : AdamW(module.parameters(), options) {}
};

struct SparseAdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
};
/// A table row that took no part in a step is left alone, where Adam still moves it by its decaying momentum. That is
/// less work for large tables and another result. It differs from Adam only where gradients are row-sparse (embedding
/// tables that are looked up and not used whole: not under the CE loss). PyTorch's adds eps before the bias correction,
/// this one after it, as Adam does: a difference of about 1e-6 of a step.
class SparseAdam : public Optimizer {
 public:
  explicit SparseAdam(Parameters parameters, const SparseAdamOptions& options = {});
  explicit SparseAdam(const nn::Module& module, const SparseAdamOptions& options = {})
      : SparseAdam(module.parameters(), options) {}
};

struct AdagradOptions {
  double learning_rate = 1e-2;
  double eps = 1e-10;
  double weight_decay = 0;
};
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(Parameters parameters, const AdagradOptions& options = {});
  explicit Adagrad(const nn::Module& module, const AdagradOptions& options = {})
      : Adagrad(module.parameters(), options) {}
};

struct RmsPropOptions {
  double learning_rate = 1e-2;
  double alpha = 0.99;  ///< of the squares' mean, in [0, 1)
  double eps = 1e-8;
  double weight_decay = 0;
};
class RmsProp : public Optimizer {
 public:
  explicit RmsProp(Parameters parameters, const RmsPropOptions& options = {});
  explicit RmsProp(const nn::Module& module, const RmsPropOptions& options = {})
      : RmsProp(module.parameters(), options) {}
};

}  // namespace seqrec::optim
