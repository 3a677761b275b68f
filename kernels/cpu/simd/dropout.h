#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

namespace seqrec::kernels::cpu {

/// y[i] = scale x[i] where number offset + i of the Philox stream (core/random.h), its upper 24 bits, is at least
/// `threshold`, else 0.
SEQREC_SIMD_TEMPLATE(void, dropout_loop, std::uint64_t seed, std::uint64_t stream, std::uint64_t offset,
                     std::uint32_t threshold, T scale, std::int64_t n, const T* x, T* y)

}  // namespace seqrec::kernels::cpu
