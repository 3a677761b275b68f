#pragma once

#include <cstdint>
#include <initializer_list>

#include "kernels/elementwise.h"

namespace seqrec::kernels::cpu {

/// A tile of logits for a loss over the catalogue: it stays in the cache until its gradients are made.
inline constexpr std::int64_t kTileRows = 64;
inline constexpr std::int64_t kBlockClasses = 512;  // a multiple of every variant's panel

/// Losses and gradients, where they are asked for, times a number.
inline void scale_all(double scale, std::initializer_list<Tensor> all) {
  if (scale == 1) return;
  for (Tensor one : all)
    if (one.defined()) cpu::affine(scale, 0, one, one);
}

}  // namespace seqrec::kernels::cpu
