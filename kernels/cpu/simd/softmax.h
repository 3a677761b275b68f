#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Softmax of one row of n consecutive elements. A result may be an operand.
namespace seqrec::kernels::cpu {

SEQREC_SIMD_TEMPLATE(void, softmax_row, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, softmax_backward_row, std::int64_t n, const T* y, const T* grad_y, T* grad_x)
SEQREC_SIMD_TEMPLATE(void, log_softmax_row, std::int64_t n, const T* x, T* y)
SEQREC_SIMD_TEMPLATE(void, log_softmax_backward_row, std::int64_t n, const T* y, const T* grad_y, T* grad_x)

}  // namespace seqrec::kernels::cpu
