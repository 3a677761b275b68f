#include "optim/rules.h"

#include "core/error.h"

namespace seqrec::optim {
namespace {

using kernels::ParameterSteps;
using Rule = Optimizer::Rule;

void check_decay(const char* option, double value) {
  require<UsageError>(value >= 0 && value < 1, "[optimizer] ", option, ": expected a number in [0, 1), got ", value);
}

void check_positive(const char* option, double value) {
  require<UsageError>(value >= 0, "[optimizer] ", option, ": expected a number >= 0, got ", value);
}

Rule sgd(const SgdOptions& o) {
  check_positive("momentum", o.momentum);
  check_positive("weight_decay", o.weight_decay);
  return [o](double rate, const ParameterSteps& steps) {
    kernels::sgd_step({rate, o.momentum, o.weight_decay}, steps);
  };
}

/// Of all that keep two moments.
Rule adam(const kernels::AdamOptions& o) {
  check_decay("beta1", o.beta1);
  check_decay("beta2", o.beta2);
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return [o](double rate, const ParameterSteps& steps) {
    kernels::AdamOptions now = o;
    now.learning_rate = rate;
    kernels::adam_step(now, steps);
  };
}

Rule adagrad(const AdagradOptions& o) {
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return [o](double rate, const ParameterSteps& steps) { kernels::adagrad_step({rate, o.eps, o.weight_decay}, steps); };
}

Rule rmsprop(const RmsPropOptions& o) {
  check_decay("alpha", o.alpha);
  check_positive("eps", o.eps);
  check_positive("weight_decay", o.weight_decay);
  return [o](double rate, const ParameterSteps& steps) {
    kernels::rmsprop_step({rate, o.alpha, o.eps, o.weight_decay}, steps);
  };
}

using Slots = std::vector<std::string>;
const char* const kMean = "exp_avg";
const char* const kSquares = "exp_avg_sq";

}  // namespace

Sgd::Sgd(Parameters parameters, const SgdOptions& o)
    : Optimizer(std::move(parameters), o.momentum == 0 ? Slots{} : Slots{"momentum_buffer"}, o.learning_rate, sgd(o)) {}

Adam::Adam(Parameters parameters, const AdamOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares}, o.learning_rate,
                adam({o.learning_rate, o.beta1, o.beta2, o.eps, o.weight_decay})) {}

AdamW::AdamW(Parameters parameters, const AdamWOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares}, o.learning_rate,
                adam({o.learning_rate, o.beta1, o.beta2, o.eps, o.weight_decay, /*decoupled=*/true})) {}

SparseAdam::SparseAdam(Parameters parameters, const SparseAdamOptions& o)
    : Optimizer(std::move(parameters), {kMean, kSquares}, o.learning_rate,
                adam({o.learning_rate, o.beta1, o.beta2, o.eps, 0, /*decoupled=*/false, /*lazy=*/true})) {}

Adagrad::Adagrad(Parameters parameters, const AdagradOptions& o)
    : Optimizer(std::move(parameters), {"sum"}, o.learning_rate, adagrad(o)) {}

RmsProp::RmsProp(Parameters parameters, const RmsPropOptions& o)
    : Optimizer(std::move(parameters), {"square_avg"}, o.learning_rate, rmsprop(o)) {}

}  // namespace seqrec::optim
