#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/cuda/context.h"
#include "kernels/cuda/launch.h"

/// For .cu files only. Reductions over the threads of a warp or a block: every thread gets the result, made in a tree
/// that depends on the number of threads alone, so that the same values give the same bits. All threads of the warp or
/// block must call.
namespace seqrec::kernels::cuda {

inline constexpr int kWarp = 32;
inline constexpr unsigned kAllLanes = 0xFFFFFFFFu;

/// The value of the lane whose number differs in `bits`. A struct that is reduced brings an overload of its own.
template <class T>
__device__ __forceinline__ T exchange(T x, int bits) requires std::is_arithmetic_v<T> {
  return __shfl_xor_sync(kAllLanes, x, bits);
}

/// `op` must not care for the order of its operands.
template <class T, class F>
__device__ __forceinline__ T warp_reduce(T x, F op) {
#pragma unroll
  for (int bits = kWarp / 2; bits > 0; bits /= 2) x = op(x, exchange(x, bits));
  return x;
}

/// For blocks of whole warps, one-dimensional.
template <class T, class F>
__device__ __forceinline__ T block_reduce(T x, F op) {
  SEQREC_SHARED(T, of_warps, [kWarp]);
  x = warp_reduce(x, op);
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  if (warps == 1) return x;
  __syncthreads();  // the results of an earlier call have been read
  if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = x;
  __syncthreads();
  x = of_warps[0];
  for (int warp = 1; warp < warps; ++warp) x = op(x, of_warps[warp]);
  return x;
}

struct Plus {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};

/// NaN loses against numbers.
struct Larger {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return fmax(a, b);
    } else {
      return a < b ? b : a;
    }
  }
};

template <class T>
__device__ __forceinline__ T warp_sum(T x) {
  return warp_reduce(x, Plus{});
}
template <class T>
__device__ __forceinline__ T warp_max(T x) {
  return warp_reduce(x, Larger{});
}
template <class T>
__device__ __forceinline__ T block_sum(T x) {
  return block_reduce(x, Plus{});
}
template <class T>
__device__ __forceinline__ T block_max(T x) {
  return block_reduce(x, Larger{});
}

/// Rows up to so wide are a warp's.
inline constexpr std::int64_t kWarpWidth = 512;

/// The threads that share a row: a kernel that takes them as a parameter is written once for narrow rows and wide ones.
/// `for_each_row` walks the rows of the grid, `for_each` the places of a row; all of a team get the same rows.
struct WarpTeam {
  template <class F>
  static __device__ __forceinline__ void for_each_row(std::int64_t rows, F f) {
    const std::int64_t warps = blockDim.x / kWarp;
    for (std::int64_t row = blockIdx.x * warps + threadIdx.x / kWarp; row < rows; row += gridDim.x * warps) f(row);
  }
  template <class F>
  static __device__ __forceinline__ void for_each(std::int64_t width, F f) {
    for (std::int64_t i = threadIdx.x % kWarp; i < width; i += kWarp) f(i);
  }
  /// One thread of the team.
  static __device__ __forceinline__ bool leads() { return threadIdx.x % kWarp == 0; }
  /// All of the team have come here, and see what each other wrote.
  static __device__ __forceinline__ void meet() { __syncwarp(); }
  template <class T, class F>
  static __device__ __forceinline__ T reduce(T x, F op) {
    return warp_reduce(x, op);
  }
};

struct BlockTeam {
  template <class F>
  static __device__ __forceinline__ void for_each_row(std::int64_t rows, F f) {
    cuda::for_each_row(rows, f);
  }
  template <class F>
  static __device__ __forceinline__ void for_each(std::int64_t width, F f) {
    for (std::int64_t i = threadIdx.x; i < width; i += blockDim.x) f(i);
  }
  static __device__ __forceinline__ bool leads() { return threadIdx.x == 0; }
  static __device__ __forceinline__ void meet() { __syncthreads(); }
  template <class T, class F>
  static __device__ __forceinline__ T reduce(T x, F op) {
    return block_reduce(x, op);
  }
};

/// What a block keeps of a row in shared memory, at most: a multiprocessor has room for eight blocks of this.
inline constexpr std::int64_t kHeldBytes = std::int64_t{24} << 10;

/// The dynamic shared memory that a block wants for a row of `Held`; 0: too wide, it is read again.
template <class Held>
constexpr std::size_t held_bytes(std::int64_t width) {
  const std::int64_t bytes = width * std::int64_t{sizeof(Held)};
  return bytes <= kHeldBytes ? static_cast<std::size_t>(bytes) : 0;
}

/// A row that is walked several times: row.for_each([](std::int64_t i, T x) { ... }) for x = get(i), made once where a
/// thread can keep what is its own: in registers for a warp's rows, for a block's in shared memory (a launch of
/// by_rows<T> has it). What is wider is made each time.
template <class Team, class Get>
struct Row {
  using Held = decltype(std::declval<Get>()(0));
  Get get;
  std::int64_t width;

  __device__ __forceinline__ Row(std::int64_t width, Get get) : get(get), width(width) {
    if (is_held()) Team::for_each(width, [&](std::int64_t i) { held()[i] = get(i); });
  }
  template <class F>
  __device__ __forceinline__ void for_each(F f) const {
    if (is_held()) {
      Team::for_each(width, [&](std::int64_t i) { f(i, held()[i]); });
    } else {
      Team::for_each(width, [&](std::int64_t i) { f(i, get(i)); });
    }
  }

 private:
  __device__ __forceinline__ bool is_held() const { return held_bytes<Held>(width) > 0; }
  static __device__ __forceinline__ Held* held() {
    SEQREC_DYNAMIC_SHARED(Held, memory);
    return memory;
  }
};

template <class Get>
struct Row<WarpTeam, Get> {
  static constexpr int kHeld = static_cast<int>(kWarpWidth / kWarp);
  decltype(std::declval<Get>()(0)) held[kHeld];
  std::int64_t width;

  __device__ __forceinline__ Row(std::int64_t width, Get get) : width(width) {
    walk([&](int k, std::int64_t i) { held[k] = get(i); });
  }
  template <class F>
  __device__ __forceinline__ void for_each(F f) const {
    walk([&](int k, std::int64_t i) { f(i, held[k]); });
  }

 private:
  template <class F>
  __device__ __forceinline__ void walk(F f) const {
#pragma unroll
    for (int k = 0; k < kHeld; ++k) {
      if (k * kWarp >= width) break;
      const std::int64_t i = k * kWarp + threadIdx.x % kWarp;
      if (i < width) f(k, i);
    }
  }
};

template <class Team, class Get>
__device__ __forceinline__ Row<Team, Get> row_of(std::int64_t width, Get get) {
  return {width, get};
}

/// Beyond so wide, a block of more threads keeps more of a row on its way (from the second-level cache, say).
inline constexpr std::int64_t kWideRow = 4096;
inline constexpr int kWideThreads = 512;

inline int threads_of_row(std::int64_t width) { return width > kWideRow ? kWideThreads : Context::kThreads; }

/// Calls f(team, launch shape) with the team that suits rows of `width`; a block has `threads`. Held: what a block's
/// threads keep of each element (row_of), if they do.
template <class Held = void, class F>
void by_rows(const Context& gpu, std::int64_t rows, std::int64_t width, int threads, F f, SEQREC_HERE) {
  if (width <= kWarpWidth) return f(WarpTeam{}, gpu.over(rows * kWarp, threads, file, line));
  std::size_t shared = 0;
  if constexpr (!std::is_void_v<Held>) shared = held_bytes<Held>(width);
  f(BlockTeam{}, gpu.rows(rows, threads, shared, file, line));
}
template <class Held = void, class F>
void by_rows(const Context& gpu, std::int64_t rows, std::int64_t width, F f, SEQREC_HERE) {
  by_rows<Held>(gpu, rows, width, Context::kThreads, f, file, line);
}

}  // namespace seqrec::kernels::cuda
