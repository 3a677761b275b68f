#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"
#include "kernels/optimizer_factors.h"

namespace seqrec::kernels::cpu {

// One step of an optimiser on n consecutive elements, in place. A null `grad` is a gradient of 0.

/// `m` is null without momentum.
SEQREC_SIMD_TEMPLATE(void, sgd_loop, SgdFactors<T> f, std::int64_t n, const T* grad, T* p, T* m)
SEQREC_SIMD_TEMPLATE(void, adam_loop, AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v)
SEQREC_SIMD_TEMPLATE(void, adagrad_loop, AdagradFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)
SEQREC_SIMD_TEMPLATE(void, rmsprop_loop, RmspropFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)

// As many steps one after the other, all with a gradient of 0, to the same bits; `f` has one for each. They may differ
// in what the learning rate and the step's number decide. True if no later one changes anything.

SEQREC_SIMD_TEMPLATE(bool, sgd_make_up, const SgdFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m)
SEQREC_SIMD_TEMPLATE(bool, adam_make_up, const AdamFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m, T* v)
SEQREC_SIMD_TEMPLATE(bool, adagrad_make_up, const AdagradFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s)
SEQREC_SIMD_TEMPLATE(bool, rmsprop_make_up, const RmspropFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s)

}  // namespace seqrec::kernels::cpu
