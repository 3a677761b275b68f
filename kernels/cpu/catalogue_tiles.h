#pragma once

#include <cstdint>

namespace seqrec::kernels::cpu {

/// A tile of logits for a loss over the catalogue: it stays in the cache until its gradients are made.
inline constexpr std::int64_t kTileRows = 64;
inline constexpr std::int64_t kBlockClasses = 512;  // a multiple of every variant's panel

}  // namespace seqrec::kernels::cpu
