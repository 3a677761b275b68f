#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Rows of floats kept in bytes, and bounds of their products with a vector that is kept so too. Why the bounds hold is
/// told in kernels/cpu/byte_table.cpp.
namespace seqrec::kernels::cpu {

/// Rows that lie together: for each four elements of them, 16 x 4 bytes (element + 128), then 16 scales, 16 norms and
/// 16 errors.
inline constexpr std::int64_t kPanelRows = 16;

/// The bytes of a panel whose rows have 4 * quads elements.
constexpr std::int64_t panel_bytes(std::int64_t quads) {
  return kPanelRows * (4 * quads + 3 * static_cast<std::int64_t>(sizeof(float)));
}

/// x as scale * codes.
struct ByteRow {
  float scale;
  float norm;        ///< no less than |scale codes|
  float error;       ///< no less than |x - scale codes|; infinite if nothing is known
  std::int32_t sum;  ///< of the codes
};

/// The codes of x [n], n <= 2048, from -limit to limit, limit <= 127. Where the largest element is below 2^-80 all are
/// 0; where it isn't below 2^50, or a NaN, they are so too and the error is infinite.
SEQREC_SIMD_FUNCTION(ByteRow, to_bytes, std::int64_t n, const float* x, std::int32_t limit, std::int8_t* codes)

/// A vector whose products are bounded.
struct ByteQuery {
  const std::int8_t* codes;  ///< [4 * quads], from -63 to 63
  std::int32_t start;        ///< -128 times their sum
  float of_norm, of_error, rest;
};

/// bounds[q * stride + row] = scale_row * (codes_q . codes_row) + width_q, for each row of the panels, where
/// width_q = of_norm_q * norm_row + of_error_q * error_row + rest_q; up to 4 queries. `at_once`: by the instruction
/// that has_byte_products() tells of; the same bounds.
SEQREC_SIMD_FUNCTION(void, upper_bounds, std::int64_t panels, std::int64_t quads, const std::uint8_t* data,
                     std::int64_t queries, const ByteQuery* query, float* bounds, std::int64_t stride, bool at_once)

}  // namespace seqrec::kernels::cpu
