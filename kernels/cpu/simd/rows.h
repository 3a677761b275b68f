#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Single-threaded loops over one row of consecutive elements: what softmax, losses and ranking are made of.
namespace seqrec::kernels::cpu {

/// The largest element; -infinity of an empty row.
SEQREC_SIMD_TEMPLATE(T, row_max, std::int64_t n, const T* x)
/// The sum of exp(x - shift), shift no less than any x; where `out` is not null, out = scale exp(x - shift).
SEQREC_SIMD_TEMPLATE(double, row_exp, std::int64_t n, const T* x, T shift, T scale, T* out)
/// y = scale x
SEQREC_SIMD_TEMPLATE(void, row_scale, std::int64_t n, T scale, const T* x, T* y)
/// y += x
SEQREC_SIMD_TEMPLATE(void, row_add, std::int64_t n, const T* x, T* y)
/// y = a b
SEQREC_SIMD_TEMPLATE(void, row_multiply, std::int64_t n, const T* a, const T* b, T* y)

/// Binary cross-entropy with logits x and targets t, and its gradient.
SEQREC_SIMD_TEMPLATE(void, row_logistic_loss, std::int64_t n, const T* x, const T* t, T* losses)
SEQREC_SIMD_TEMPLATE(void, row_logistic_loss_backward, std::int64_t n, const T* x, const T* t, const T* grad_losses,
                     T* grad_x)

/// The sum of log(1 + exp(x)); where `out` is not null, out = sigmoid(x).
SEQREC_SIMD_TEMPLATE(double, row_softplus, std::int64_t n, const T* x, T* out)

/// How many elements are greater than (not less than) `bar`; a NaN is neither.
SEQREC_SIMD_TEMPLATE(std::int64_t, row_count_greater, std::int64_t n, const T* x, T bar)
SEQREC_SIMD_TEMPLATE(std::int64_t, row_count_not_less, std::int64_t n, const T* x, T bar)
/// The first place of x [n] from `begin` on that is greater than `bar`; n if there is none.
SEQREC_SIMD_TEMPLATE(std::int64_t, row_find_greater, std::int64_t begin, std::int64_t n, const T* x, T bar)

}  // namespace seqrec::kernels::cpu
