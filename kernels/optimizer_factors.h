#pragma once

/// What a step of an optimiser multiplies by, the same for all elements of a parameter: plain numbers, for kernels that
/// include nothing else (kernels/optimizer_rules.h makes them).
namespace seqrec::kernels {

template <class T>
struct SgdFactors {
  T learning_rate, momentum, weight_decay;
  bool first;  ///< the moment has no content yet
};
template <class T>
struct AdamFactors {
  T beta1, rest1, beta2, rest2;  ///< rest = 1 - beta
  T weight_decay;                ///< added to the gradient
  T shrink;                      ///< the parameter's own factor: 1, or 1 - learning_rate weight_decay
  bool shrinks;                  ///< it depends on the learning rate
  T step_size, inverse_root, eps;
};
template <class T>
struct AdagradFactors {
  T learning_rate, weight_decay, eps;
};
template <class T>
struct RmspropFactors {
  T learning_rate, weight_decay, eps, alpha, rest;
};

}  // namespace seqrec::kernels
