#pragma once

#include <concepts>
#include <cstdint>

#include "core/tensor.h"
#include "kernels/cuda/launch.h"

namespace seqrec::kernels::cuda {

/// N tensors of one shape, in a form that kernels take by value: adjacent axes that every operand walks evenly are
/// merged, axes of size 1 are gone. Offsets are in elements.
template <int N>
struct Strided {
  std::int64_t size = 1;
  int rank = 0;
  std::int64_t sizes[kMaxRank] = {};
  std::int64_t strides[N][kMaxRank] = {};

  /// Whether the operands are walked like flat arrays: offset(k, i) is i.
  bool is_flat() const {
    bool flat = rank <= 1;
    for (int k = 0; flat && k < N; ++k) flat = rank == 0 || strides[k][0] == 1;
    return flat;
  }

  /// Where each operand has the element at `place` in row-major order. Unrolled: arrays indexed by what isn't known
  /// when compiling would be copied from the kernel's arguments to local memory.
  struct Offsets {
    std::int64_t of[N] = {};
  };
  __host__ __device__ Offsets offsets(std::int64_t place) const {
    Offsets result;
#pragma unroll
    for (int axis = kMaxRank - 1; axis > 0; --axis) {
      if (axis >= rank) continue;
      for (int k = 0; k < N; ++k) result.of[k] += place % sizes[axis] * strides[k][axis];
      place /= sizes[axis];
    }
    for (int k = 0; k < N; ++k) result.of[k] += place * strides[k][0];
    return result;
  }

  /// Where operand `k` has it.
  __host__ __device__ std::int64_t offset(int k, std::int64_t place) const { return offsets(place).of[k]; }
};

/// Of tensors of one shape (expand them first).
template <std::same_as<Tensor>... Tensors>
Strided<sizeof...(Tensors)> strided(const Tensors&... tensors) {
  constexpr int kCount = sizeof...(Tensors);
  const Tensor* const all[] = {&tensors...};
  Strided<kCount> result;
  result.size = all[0]->numel();
  for (int axis = 0; axis < all[0]->rank(); ++axis) {
    const std::int64_t size = all[0]->size(axis);
    if (size == 1) continue;
    const int last = result.rank - 1;
    bool merge = last >= 0;
    for (int k = 0; merge && k < kCount; ++k) {
      merge = result.strides[k][last] == size * all[k]->strides()[axis];
    }
    const int at = merge ? last : result.rank++;
    result.sizes[at] = merge ? result.sizes[at] * size : size;
    for (int k = 0; k < kCount; ++k) result.strides[k][at] = all[k]->strides()[axis];
  }
  return result;
}

}  // namespace seqrec::kernels::cuda
