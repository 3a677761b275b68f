#pragma once

#include "kernels/cuda/pack.h"
#include "kernels/cuda/reduction.h"

/// For .cu files only. A warp that owns kOwn rows under one head, and walks others, up to 32 at a time: a lane each
/// while the dot products of own rows and walked ones are made, then a lane a column while walked rows are added up.
namespace seqrec::kernels::cuda {

inline constexpr int kOwn = 8;

/// Warps of a block.
template <class T>
inline constexpr int kOwners = kLanes<T>;  // the shared memory of f64 is twice as much

/// What the lanes of a warp show each other.
template <class T>
struct alignas(16) OwnerScratch {
  T own[kOwn][kWarp];
  T weights[2][kOwn][kWarp];
  T walked[kWarp][kWarp + 1];
};

/// Under each of `heads`: `columns` of `width` neighbours, of which a warp adds up 32 kC; `slices` make all.
struct Heads {
  std::int64_t heads, width, columns, slices;
};

__device__ __forceinline__ int lane_of_warp() { return static_cast<int>(threadIdx.x) % kWarp; }

/// dot[o] = own row o times the walked row of this lane: 0 for an own row that isn't there, anything for a walked one.
template <class T>
__device__ __forceinline__ void make_dots(OwnerScratch<T>& scratch, const Heads& h, const T* own, int rows,
                                          const T* walked, int count, T (&dot)[kOwn]) {
#pragma unroll
  for (T& x : dot) x = 0;
  for (std::int64_t base = 0; base < h.columns; base += kWarp) {
    const int columns = static_cast<int>(min(std::int64_t{kWarp}, h.columns - base));
    const std::int64_t column = base + lane_of_warp();
    const bool has = lane_of_warp() < columns;
    __syncwarp();  // what was there has been read
#pragma unroll
    for (int o = 0; o < kOwn; ++o) scratch.own[o][lane_of_warp()] = has && o < rows ? own[o * h.width + column] : T(0);
#pragma unroll 8
    for (int i = 0; i < count; ++i) scratch.walked[i][lane_of_warp()] = has ? walked[i * h.width + column] : T(0);
    __syncwarp();
    // A step has enough under way; more steps would take the registers of other warps.
#pragma unroll 1
    for (int c = 0; c < columns; c += kLanes<T>) {
      Pack<T, kLanes<T>> x, y;
#pragma unroll
      for (int k = 0; k < kLanes<T>; ++k) y.lane[k] = scratch.walked[lane_of_warp()][c + k];
#pragma unroll
      for (int o = 0; o < kOwn; ++o) {
        load(x, &scratch.own[o][c]);
#pragma unroll
        for (int k = 0; k < kLanes<T>; ++k) dot[o] += x.lane[k] * y.lane[k];
      }
    }
  }
}

/// sums[c][o] += what weights[o][i] times walked row i adds up to, in this lane's columns of the slice.
template <class T, int kC>
__device__ __forceinline__ void add_walked(const T (&weights)[kOwn][kWarp], const Heads& h, std::int64_t slice,
                                           const T* walked, int count, T (&sums)[kC][kOwn]) {
  const std::int64_t column = slice * kC * kWarp + lane_of_warp();
  for (int i = 0; i < count; i += kLanes<T>) {
    T x[kC][kLanes<T>];
#pragma unroll
    for (int c = 0; c < kC; ++c)
#pragma unroll
      for (int k = 0; k < kLanes<T>; ++k) {
        const bool has = i + k < count && column + c * kWarp < h.columns;
        x[c][k] = has ? walked[(i + k) * h.width + column + c * kWarp] : T(0);
      }
#pragma unroll
    for (int o = 0; o < kOwn; ++o) {
      Pack<T, kLanes<T>> weight;
      load(weight, &weights[o][i]);
#pragma unroll
      for (int c = 0; c < kC; ++c)
#pragma unroll
        for (int k = 0; k < kLanes<T>; ++k) sums[c][o] += weight.lane[k] * x[c][k];
    }
  }
}

/// Own row o becomes factor[o] times its sums.
template <class T, int kC>
__device__ __forceinline__ void write_rows(const T (&sums)[kC][kOwn], const T (&factor)[kOwn], const Heads& h,
                                           std::int64_t slice, int rows, T* out) {
  const std::int64_t column = slice * kC * kWarp + lane_of_warp();
#pragma unroll
  for (int c = 0; c < kC; ++c)
#pragma unroll
    for (int o = 0; o < kOwn; ++o)
      if (o < rows && column + c * kWarp < h.columns) out[o * h.width + column + c * kWarp] = factor[o] * sums[c][o];
}

}  // namespace seqrec::kernels::cuda
