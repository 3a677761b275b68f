#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Reductions of consecutive elements. Sums are made in T over blocks short enough to lose nothing that matters, the
/// blocks' sums in double.
namespace seqrec::kernels::cpu {

SEQREC_SIMD_TEMPLATE(double, element_sum, std::int64_t n, const T* x)
SEQREC_SIMD_TEMPLATE(double, square_sum, std::int64_t n, const T* x)
/// The sum of (x[i] - from)^2.
SEQREC_SIMD_TEMPLATE(double, square_distance, std::int64_t n, const T* x, T from)
SEQREC_SIMD_TEMPLATE(double, dot, std::int64_t n, const T* x, const T* y)
/// sums[j] += the sum of column j; x's rows are `stride` elements apart.
SEQREC_SIMD_TEMPLATE(void, add_column_sums, std::int64_t rows, std::int64_t width, const T* x, std::int64_t stride,
                     double* sums)
/// Whether no element is NaN or infinite.
SEQREC_SIMD_TEMPLATE(bool, all_finite, std::int64_t n, const T* x)
/// The first place of the largest element, or of a NaN if there is one; n >= 1.
SEQREC_SIMD_TEMPLATE(std::int64_t, max_place, std::int64_t n, const T* x)

}  // namespace seqrec::kernels::cpu
