#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Loops over rows of a table that ids name: rows are `width` elements, one after the other.
namespace seqrec::kernels::cpu {

/// out [width] = sum over i < n of weights[p] table[ids[p]], p = places[i]. Null `places` are 0 .. n - 1, null
/// `weights` are 1, null `ids` are the places themselves. Summed in order, in blocks.
SEQREC_SIMD_TEMPLATE(void, sum_rows, std::int64_t n, const std::int32_t* places, const T* weights,
                     const std::int32_t* ids, const T* table, std::int64_t width, T* out)

/// out [width] = sum over i < n of a[p] + b[p] table[ids[p]], p = places[i]. Null `places` are 0 .. n - 1; rows of a
/// and b are `stride` elements apart.
SEQREC_SIMD_TEMPLATE(void, sum_products, std::int64_t n, const std::int32_t* places, const T* a, const T* b,
                     std::int64_t stride, const std::int32_t* ids, const T* table, std::int64_t width, T* out)

/// out[i] = row . table[ids[i]], i < n.
SEQREC_SIMD_TEMPLATE(void, dot_rows, std::int64_t n, const T* row, const std::int32_t* ids, const T* table,
                     std::int64_t width, T* out)

/// out [width] = the largest of each column of x [n, width], NaN if there is one; places = `first` + its first row.
/// Where `more`, out and places are those of rows before. n >= 1.
SEQREC_SIMD_TEMPLATE(void, max_rows, std::int64_t n, const T* x, std::int64_t width, std::int32_t first, bool more,
                     T* out, std::int32_t* places)

}  // namespace seqrec::kernels::cpu
