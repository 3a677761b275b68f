#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

namespace seqrec::kernels::cpu {

/// Multiply-adds in registers, as many at a time as the processor overlaps. Returns how many were done; `sink` takes a
/// number that depends on all.
SEQREC_SIMD_TEMPLATE(std::int64_t, multiply_adds, std::int64_t rounds, T* sink)

}  // namespace seqrec::kernels::cpu
