#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"
#include "kernels/optimizer_factors.h"

/// What the kernels do, written as one would with Eigen: on consecutive elements, once per instruction set.
namespace seqrec::kernels::cpu {

SEQREC_SIMD_TEMPLATE(void, eigen_exp, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_tanh, std::int64_t n, const T* x, T* y)
/// x.logistic(), and 1 / (1 + exp(-x)).
SEQREC_SIMD_TEMPLATE(void, eigen_logistic, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_sigmoid, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_log, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_sqrt, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_erf, std::int64_t n, const T* x, T* y)

SEQREC_SIMD_TEMPLATE(T, eigen_sum, std::int64_t n, const T* x)
SEQREC_SIMD_TEMPLATE(T, eigen_max, std::int64_t n, const T* x)
SEQREC_SIMD_TEMPLATE(T, eigen_dot, std::int64_t n, const T* x, const T* y)
/// y += scale x
SEQREC_SIMD_TEMPLATE(void, eigen_add_scaled, T scale, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_softmax, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_layer_norm, std::int64_t n, const T* x, const T* gamma, const T* beta, T eps, T* y)
SEQREC_SIMD_TEMPLATE(void, eigen_adam, AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v)
/// out [m, n] = a [m, k] b^T, b [n, k].
SEQREC_SIMD_TEMPLATE(void, eigen_product, std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b,
                     T* out)

/// Ours where no kernel is that alone: it stands within gelu.
SEQREC_SIMD_TEMPLATE(void, erf_loop, std::int64_t n, const T* x, T* y)

}  // namespace seqrec::kernels::cpu
