#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Rows of layer norm and pieces of batch norm (see kernels/norm.h).
namespace seqrec::kernels::cpu {

template <class T>
struct MeanRstd {
  T mean, rstd;
};
SEQREC_SIMD_TEMPLATE(MeanRstd<T>, layer_norm_row, std::int64_t width, const T* x, const T* gamma, const T* beta,
                     double eps, T* y)
/// grad_x of consecutive rows; their terms of grad_gamma and grad_beta are added to the sums. `block` is memory for
/// 2 * width elements.
SEQREC_SIMD_TEMPLATE(void, layer_norm_backward_rows, std::int64_t rows, std::int64_t width, const T* x, const T* gamma,
                     const T* mean, const T* rstd, const T* grad_y, T* grad_x, T* block, double* grad_gamma,
                     double* grad_beta)

/// sums[j] += sum over the rows of (x - mean[j])^2.
SEQREC_SIMD_TEMPLATE(void, add_column_squares, std::int64_t rows, std::int64_t width, const T* x, const T* mean,
                     double* sums)
/// y[i][j] = (x[i][j] - mean[j]) factor[j] + shift[j]
SEQREC_SIMD_TEMPLATE(void, normalise_columns, std::int64_t rows, std::int64_t width, const T* x, const T* mean,
                     const T* factor, const T* shift, T* y)
/// sum_g[j] += sum of the column's gradients g, sum_gx[j] += sum of g (x - mean[j]) rstd[j].
SEQREC_SIMD_TEMPLATE(void, add_column_products, std::int64_t rows, std::int64_t width, const T* x, const T* mean,
                     const T* rstd, const T* grad_y, double* sum_gx, double* sum_g)
/// grad_x[i][j] = factor[j] (g - mean_g[j] - (x - mean[j]) rstd[j] mean_gx[j])
SEQREC_SIMD_TEMPLATE(void, batch_norm_backward_rows, std::int64_t rows, std::int64_t width, const T* x, const T* mean,
                     const T* rstd, const T* factor, const T* mean_gx, const T* mean_g, const T* grad_y, T* grad_x)

}  // namespace seqrec::kernels::cpu
