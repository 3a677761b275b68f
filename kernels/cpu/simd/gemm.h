#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Single-threaded matrix products on raw memory. The right-hand matrix is packed once into panels of `panel_width`
/// columns, zero-padded, and may then be shared by the threads that make blocks of rows. An element of a product is the
/// sum over k in ascending order, in chunks of kGemmChunk: its bits don't depend on the block that it is made in.
namespace seqrec::kernels::cpu {

inline constexpr std::int64_t kGemmChunk = 512;

/// A matrix anywhere: element (i, j) is data[i * rows + j * columns].
template <class T>
struct Strided {
  const T* data;
  std::int64_t rows, columns;  ///< strides, in elements
};

/// Columns of a panel of packed B, in the variant in use.
SEQREC_SIMD_TEMPLATE(std::int64_t, panel_width)

/// Packs columns [begin, end) of b [k, n]; begin is a multiple of the panel width, and `packed` the start of the whole:
/// k * (n rounded up to panels) elements. Panel p lies at packed + p * k * panel_width.
SEQREC_SIMD_TEMPLATE(void, fill_panels, std::int64_t k, std::int64_t begin, std::int64_t end, Strided<T> b, T* packed)

/// c [m, n] = alpha a b, or += where `add`; a [m, k], b packed. c's rows are c_stride apart.
SEQREC_SIMD_TEMPLATE(void, multiply_panels, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a,
                     const T* packed, bool add, T* c, std::int64_t c_stride)

/// The same with b as it is: its columns must be adjacent (b.columns == 1).
SEQREC_SIMD_TEMPLATE(void, multiply_rows, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a,
                     Strided<T> b, bool add, T* c, std::int64_t c_stride)

}  // namespace seqrec::kernels::cpu
