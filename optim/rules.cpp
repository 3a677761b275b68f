#include "optim/rules.h"

#include "core/error.h"

namespace seqrec::optim {
namespace {

void check_decay(const char* option, double value) {
  require<UsageError>(value >= 0 && value < 1, "[optimizer] ", option, ": expected a number in [0, 1), got ", value);
}

void check_positive(const char* option, double value) {
  require<UsageError>(value >= 0, "[optimizer] ", option, ": expected a number >= 0, got ", value);
}

// The kernels' options, checked.

kernels::SgdOptions sgd(const SgdOptions& o) {
  check_positive("momentum", o.momentum);
  check_positive("weight_decay", o.weight_decay);
  return {o.learning_rate, o.momentum, o.weight_decay};
}

/// Of all that keep two moments.
kernels::AdamOptions adam(const kernels::AdamOptions& o) {
  check_decay("beta1", o.beta1);
  check_decay("beta2", o.beta2);
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return o;
}

kernels::AdagradOptions adagrad(const AdagradOptions& o) {
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return {o.learning_rate, o.eps, o.weight_decay};
}

kernels::RmspropOptions rmsprop(const RmsPropOptions& o) {
  check_decay("alpha", o.alpha);
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return {o.learning_rate, o.alpha, o.eps, o.weight_decay};
}

/// Adam's step of the rows that gradients hold.
Optimizer::Rule sparse_adam(const kernels::AdamOptions& options) {
  return [o = adam(options)](double rate, kernels::ParameterSteps steps) mutable {
    o.learning_rate = rate;
    for (kernels::ParameterStep& step : steps) step.only_rows = true;
    kernels::adam_step(o, steps);
  };
}

using Slots = std::vector<std::string>;
const char* const kMean = "exp_avg";
const char* const kSquares = "exp_avg_sq";

}  // namespace

Sgd::Sgd(Parameters parameters, const SgdOptions& o)
    : Optimizer(std::move(parameters), o.momentum == 0 ? Slots{} : Slots{"momentum_buffer"}, sgd(o)) {}

Adam::Adam(Parameters parameters, const AdamOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares},
                adam({o.learning_rate, o.beta1, o.beta2, o.eps, o.weight_decay})) {}

AdamW::AdamW(Parameters parameters, const AdamWOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares},
                adam({o.learning_rate, o.beta1, o.beta2, o.eps, o.weight_decay, /*decoupled=*/true})) {}

SparseAdam::SparseAdam(Parameters parameters, const SparseAdamOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares}, o.learning_rate,
                sparse_adam({o.learning_rate, o.beta1, o.beta2, o.eps})) {}

Adagrad::Adagrad(Parameters parameters, const AdagradOptions& o)
    : Optimizer(std::move(parameters), {"sum"}, adagrad(o)) {}

RmsProp::RmsProp(Parameters parameters, const RmsPropOptions& o)
    : Optimizer(std::move(parameters), {"square_avg"}, rmsprop(o)) {}

}  // namespace seqrec::optim
