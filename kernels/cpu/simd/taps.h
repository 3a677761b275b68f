#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"

/// Loops over the taps of a convolution: a table of rows [height, filters], one after the other, and ids that name the
/// row of each place.
namespace seqrec::kernels::cpu {

/// out[i] [filters] = sum over t < used of tap t of row ids[i + t], i < n. used <= height.
SEQREC_SIMD_TEMPLATE(void, tap_sums, std::int64_t n, std::int64_t used, const std::int32_t* ids, const T* table,
                     std::int64_t height, std::int64_t filters, T* out)

/// A start of a filter: it sees `used` rows, named by the ids from place `first` on.
struct TapStart {
  std::int32_t first, used;
};
/// Tap t of row ids[first + t] += grads[i], for each start i < n in order, and begin <= t < min(end, used).
SEQREC_SIMD_TEMPLATE(void, tap_scatter, std::int64_t n, const TapStart* starts, const T* grads, const std::int32_t* ids,
                     std::int64_t begin, std::int64_t end, std::int64_t height, std::int64_t filters, T* table)

}  // namespace seqrec::kernels::cpu
