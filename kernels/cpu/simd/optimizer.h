#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// One step of an optimiser on n consecutive elements, in place. A null `grad` is a gradient of 0.
namespace seqrec::kernels::cpu {

/// What a step multiplies by, the same for all elements.
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

/// `m` is null without momentum.
SEQREC_SIMD_TEMPLATE(void, sgd_loop, SgdFactors<T> f, std::int64_t n, const T* grad, T* p, T* m)
SEQREC_SIMD_TEMPLATE(void, adam_loop, AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v)
SEQREC_SIMD_TEMPLATE(void, adagrad_loop, AdagradFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)
SEQREC_SIMD_TEMPLATE(void, rmsprop_loop, RmspropFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)

}  // namespace seqrec::kernels::cpu
