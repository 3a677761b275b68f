#pragma once

#include <cmath>

#include "kernels/optimizer.h"
#include "kernels/optimizer_factors.h"

/// What the backends share of the optimisers' steps.
namespace seqrec::kernels {

template <class T>
SgdFactors<T> factors_of(const SgdOptions& options, std::int64_t step) {
  return {static_cast<T>(options.learning_rate), static_cast<T>(options.momentum), static_cast<T>(options.weight_decay),
          step == 1};
}
template <class T>
AdamFactors<T> factors_of(const AdamOptions& options, std::int64_t step) {
  const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(step));
  AdamFactors<T> factors;
  factors.beta1 = static_cast<T>(options.beta1);
  factors.rest1 = static_cast<T>(1 - options.beta1);
  factors.beta2 = static_cast<T>(options.beta2);
  factors.rest2 = static_cast<T>(1 - options.beta2);
  factors.weight_decay = static_cast<T>(options.decoupled ? 0 : options.weight_decay);
  factors.shrink = static_cast<T>(options.decoupled ? 1 - options.learning_rate * options.weight_decay : 1);
  factors.shrinks = options.decoupled && options.weight_decay != 0;
  factors.step_size = static_cast<T>(options.learning_rate / correction1);
  factors.inverse_root = static_cast<T>(1 / std::sqrt(correction2));
  factors.eps = static_cast<T>(options.eps);
  return factors;
}
template <class T>
AdagradFactors<T> factors_of(const AdagradOptions& options, std::int64_t) {
  return {static_cast<T>(options.learning_rate), static_cast<T>(options.weight_decay), static_cast<T>(options.eps)};
}
template <class T>
RmspropFactors<T> factors_of(const RmspropOptions& options, std::int64_t) {
  return {static_cast<T>(options.learning_rate), static_cast<T>(options.weight_decay), static_cast<T>(options.eps),
          static_cast<T>(options.alpha), static_cast<T>(1 - options.alpha)};
}

/// How many slots a step uses.
inline int slots_of(const SgdOptions& options) { return options.momentum != 0 ? 1 : 0; }
inline int slots_of(const AdamOptions&) { return 2; }
inline int slots_of(const AdagradOptions&) { return 1; }
inline int slots_of(const RmspropOptions&) { return 1; }

/// Whether rows without a gradient stay as they are by the rule, so that a step needn't see them.
inline bool skips_rows(const SgdOptions& options) { return options.momentum == 0 && options.weight_decay == 0; }
inline bool skips_rows(const AdamOptions&) { return false; }
inline bool skips_rows(const AdagradOptions& options) { return options.weight_decay == 0; }
inline bool skips_rows(const RmspropOptions&) { return false; }

inline bool has_dense_grad(const ParameterStep& step) {
  return step.rows.size() == 0 && step.grad.numel() == step.parameter.numel();
}

/// The slot's data, null where the step doesn't use it.
template <class T, class Options>
T* slot_data(const Options& options, const ParameterStep& step, int slot) {
  return slot < slots_of(options) ? step.slots[slot].template data<T>() : nullptr;
}

}  // namespace seqrec::kernels
