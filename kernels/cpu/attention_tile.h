#pragma once

#include <cstdint>

namespace seqrec::kernels::cpu {

/// Queries whose scores are made together; a multiple of every variant's tile.
inline constexpr std::int64_t kAttentionTile = 24;

}  // namespace seqrec::kernels::cpu
