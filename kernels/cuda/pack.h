#pragma once

#include <bit>
#include <cstdint>

#include "core/tensor.h"
#include "kernels/cuda/launch.h"

namespace seqrec::kernels::cuda {

/// N neighbouring elements, moved by one instruction: 16 bytes (kLanes elements) where all addresses allow, else 1.
template <class T, int N>
struct alignas(N * sizeof(T)) Pack {
  T lane[N];
};

template <class T>
inline constexpr int kLanes = 16 / sizeof(T);

/// Whether tensors that are flat arrays may be walked by packs.
template <class... Tensors>
bool is_packable(const Tensors&... tensors) {
  return ((reinterpret_cast<std::uintptr_t>(tensors.raw()) % 16 == 0) && ...);
}

/// Whether all rows of a matrix, each of neighbouring elements, begin where packs may; a row may end within one.
template <class T>
bool has_aligned_rows(const Tensor& matrix) {
  return matrix.strides()[0] % kLanes<T> == 0 && is_packable(matrix);
}

/// How many threads for_each_pack keeps busy, for gpu.over().
template <class T>
std::int64_t packs(std::int64_t n) {
  return n / kLanes<T> + (n % kLanes<T> != 0);
}

#if defined(SEQREC_CUDA_SIM) || defined(__CUDACC__)
template <class T, int N>
__device__ __forceinline__ void load(Pack<T, N>& pack, const T* from) {
  pack = *reinterpret_cast<const Pack<T, N>*>(from);
}

/// 16 bytes are one instruction whatever nvcc makes of the code around it: left to itself, it stores some packs in
/// pieces, which cost as many accesses and, in shared memory, bank conflicts.
template <bool kShared, class T, int N>
__device__ __forceinline__ void store_whole(const Pack<T, N>& pack, T* to) {
#ifdef __CUDA_ARCH__
  if constexpr (sizeof(pack) == 16) {
    const uint4 words = std::bit_cast<uint4>(pack);
    if constexpr (kShared) {
      asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_shared(to)), "r"(words.x),
                   "r"(words.y), "r"(words.z), "r"(words.w)
                   : "memory");
    } else {
      asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(to)), "r"(words.x),
                   "r"(words.y), "r"(words.z), "r"(words.w)
                   : "memory");
    }
    return;
  }
#endif
  *reinterpret_cast<Pack<T, N>*>(to) = pack;
}

/// To global memory, and to shared memory.
template <class T, int N>
__device__ __forceinline__ void store(const Pack<T, N>& pack, T* to) {
  store_whole<false>(pack, to);
}
template <class T, int N>
__device__ __forceinline__ void store_shared(const Pack<T, N>& pack, T* to) {
  store_whole<true>(pack, to);
}

template <class T, int N>
__device__ __forceinline__ void add(Pack<T, N>& sum, const Pack<T, N>& x) {
  for (int l = 0; l < N; ++l) sum.lane[l] += x.lane[l];
}

/// Calls f(pack, i) for every N elements from i on, with a Pack<T, N> to fill, then for each one that is left
/// with a Pack<T, 1>. Spread over all threads of the grid.
template <class T, int N, class F>
__device__ __forceinline__ void for_each_pack(std::int64_t n, F f) {
  const std::int64_t packed = n / N * N;
  for_each_index(n / N, [&](std::int64_t i) { f(Pack<T, N>{}, i * N); });
  for_each_index(n - packed, [&](std::int64_t i) { f(Pack<T, 1>{}, packed + i); });
}

/// The same of a row, spread over the threads of its team (kernels/cuda/reduction.h).
template <class Team, class T, int N, class F>
__device__ __forceinline__ void for_each_pack_of_row(std::int64_t width, F f) {
  const std::int64_t packed = width / N * N;
  Team::for_each(width / N, [&](std::int64_t i) { f(Pack<T, N>{}, i * N); });
  Team::for_each(width - packed, [&](std::int64_t i) { f(Pack<T, 1>{}, packed + i); });
}
#endif

}  // namespace seqrec::kernels::cuda
