#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Loops of additive attention (kernels/additive_scores.h) between one row and rows of a table that ids name.
namespace seqrec::kernels::cpu {

/// out[i] = vector . sigmoid(row + table[ids[i]]), i < n.
SEQREC_SIMD_TEMPLATE(void, additive_scores, std::int64_t n, const T* row, const std::int32_t* ids, const T* table,
                     const T* vector, std::int64_t width, T* out)

/// With s = sigmoid(row + table[ids[p]]) for p = places[i], i < n (null `places`: p = i):
/// grad_row [width] = vector times the sum of grads[p] s (1 - s); grad_vector [width], unless null, the sum of
/// grads[p] s.
SEQREC_SIMD_TEMPLATE(void, additive_scores_backward, std::int64_t n, const std::int32_t* places, const T* grads,
                     const T* row, const std::int32_t* ids, const T* table, const T* vector, std::int64_t width,
                     T* grad_row, T* grad_vector)

}  // namespace seqrec::kernels::cpu
