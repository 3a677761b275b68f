#pragma once

#include <optional>

#include "kernels/cuda/context.h"
#include "kernels/cuda/gru_windows.h"
#include "kernels/cuda/pack.h"

/// For .cu files only. How a block walks all steps of a group of windows of about equal length, with w_hh and the
/// windows' states in its shared memory. A thread has one unit of kWindows windows, a *slot*; a block has some slots
/// times all units. Its shared memory holds the weights, then rows by unit (or gate), with an element per window.
namespace seqrec::kernels::cuda {

/// The shape of a block, as a kernel's argument.
struct WalkShape {
  int width;
  int slots;
  int stride;  ///< from one row of windows to the next: an odd number of packs, so that units meet no bank conflicts

  __device__ __forceinline__ int unit() const { return static_cast<int>(threadIdx.x) % width; }
  /// `slots` or more: the thread has nothing to do but to meet the others at barriers.
  __device__ __forceinline__ int slot() const { return static_cast<int>(threadIdx.x) / width; }
};

struct Walk {
  WalkShape shape;
  int packs;  ///< of windows in a slot
  Launch launch;
};

inline constexpr int kWalkThreads = 256;

/// None if the weights and `rows` rows of windows don't fit a block's shared memory.
template <class T>
std::optional<Walk> plan_walk(const Context& gpu, std::int64_t width, std::int64_t windows, std::int64_t weights,
                              std::int64_t rows, SEQREC_HERE) {
  constexpr std::int64_t kN = kLanes<T>;
  // Two packs halve what is read of the weights, where there are threads enough without the others: four warps each.
  const std::int64_t many = std::int64_t{4} * kWarp * gpu.multiprocessors();
  std::int64_t packs = windows * width / (2 * kN) >= many ? 2 : 1;
  // One block a multiprocessor, rather than one that waits for another.
  const std::int64_t share = (windows + gpu.multiprocessors() - 1) / gpu.multiprocessors();
  std::int64_t slots = std::min((share + packs * kN - 1) / (packs * kN), kWalkThreads / width);
  slots = std::max<std::int64_t>(slots, 1);
  const auto stride = [&] { return (slots * packs | 1) * kN; };
  const auto bytes = [&] { return ((weights + kN - 1) / kN * kN + rows * stride()) * std::int64_t{sizeof(T)}; };
  while (bytes() > static_cast<std::int64_t>(gpu.shared_limit())) {
    if (slots > 1) {
      --slots;
    } else if (packs > 1) {
      packs = 1;
    } else {
      return std::nullopt;
    }
  }
  const std::int64_t each = slots * packs * kN, threads = (slots * width + kWarp - 1) / kWarp * kWarp;
  return Walk{
      {static_cast<int>(width), static_cast<int>(slots), static_cast<int>(stride())},
      static_cast<int>(packs),
      gpu.rows((windows + each - 1) / each, static_cast<int>(threads), static_cast<std::size_t>(bytes()), file, line)};
}

/// Where the rows of windows begin behind `weights` elements.
template <class T>
__device__ __forceinline__ T* after_weights(T* shared, int weights) {
  return shared + (weights + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

/// A slot's elements of a row.
template <class T, int kWindows>
__device__ __forceinline__ void store_slot(const T (&of)[kWindows], T* to) {
#pragma unroll
  for (int first = 0; first < kWindows; first += kLanes<T>) {
    Pack<T, kLanes<T>> pack;
#pragma unroll
    for (int l = 0; l < kLanes<T>; ++l) pack.lane[l] = of[first + l];
    store_shared(pack, to + first);
  }
}

/// sums[c][w] += the sum over `rows` of weights[row * leading + c * columns_apart] slot[row * stride + w]
template <class T, int kColumns, int kWindows>
__device__ __forceinline__ void multiply_slot(const T* weights, int leading, int columns_apart, const T* slot,
                                              int stride, int rows, T (&sums)[kColumns][kWindows]) {
  constexpr int kN = kLanes<T>;
#pragma unroll 4
  for (int row = 0; row < rows; ++row) {
    Pack<T, kN> x[kWindows / kN];
#pragma unroll
    for (int p = 0; p < kWindows / kN; ++p) load(x[p], slot + row * stride + p * kN);
#pragma unroll
    for (int c = 0; c < kColumns; ++c) {
      const T weight = weights[row * leading + c * columns_apart];
#pragma unroll
      for (int w = 0; w < kWindows; ++w) sums[c][w] += weight * x[w / kN].lane[w % kN];
    }
  }
}

}  // namespace seqrec::kernels::cuda
