#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"
#include "kernels/optimizer_factors.h"

/// One step of an optimiser on n consecutive elements, in place. A null `grad` is a gradient of 0.
namespace seqrec::kernels::cpu {

/// `m` is null without momentum.
SEQREC_SIMD_TEMPLATE(void, sgd_loop, SgdFactors<T> f, std::int64_t n, const T* grad, T* p, T* m)
SEQREC_SIMD_TEMPLATE(void, adam_loop, AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v)
SEQREC_SIMD_TEMPLATE(void, adagrad_loop, AdagradFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)
SEQREC_SIMD_TEMPLATE(void, rmsprop_loop, RmspropFactors<T> f, std::int64_t n, const T* grad, T* p, T* s)

}  // namespace seqrec::kernels::cpu
