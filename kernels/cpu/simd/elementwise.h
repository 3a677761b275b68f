#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"
#include "kernels/op_codes.h"

/// Loops of elementwise functions over consecutive elements. Results may be operands; otherwise nothing overlaps.
namespace seqrec::kernels::cpu {

SEQREC_SIMD_TEMPLATE(void, unary_loop, Unary op, std::int64_t n, const T* x, T* out)
SEQREC_SIMD_TEMPLATE(void, unary_backward_loop, Unary op, std::int64_t n, const T* x, const T* y, const T* grad_y,
                     T* grad_x)
SEQREC_SIMD_TEMPLATE(void, affine_loop, T scale, T shift, std::int64_t n, const T* x, T* out)
SEQREC_SIMD_TEMPLATE(void, add_scaled_loop, T scale, std::int64_t n, const T* x, T* out)

/// An operand of a loop over a matrix: its rows are `row` elements apart, a row's elements `step`.
template <class T>
struct Operand {
  const T* data;
  std::int64_t row, step;
};
/// out [rows, width], consecutive.
SEQREC_SIMD_TEMPLATE(void, binary_loop, Binary op, std::int64_t rows, std::int64_t width, Operand<T> a, Operand<T> b,
                     T* out)
SEQREC_SIMD_TEMPLATE(void, where_loop, std::int64_t rows, std::int64_t width, Operand<T> condition, Operand<T> a,
                     Operand<T> b, T* out)

}  // namespace seqrec::kernels::cpu
