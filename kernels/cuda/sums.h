#pragma once

#include <algorithm>

#include "kernels/cuda/limits.h"
#include "kernels/cuda/reduction.h"

/// For .cu files only. Sums of many terms for many outputs, in a tree that depends on their numbers alone: pieces of
/// the terms are added up in f64, then the pieces' sums, until one is left.
///
/// What is added up is a `Source`, a kernel's argument: source.of(output) gives something with `add(term, sums)`, which
/// adds a term to kCount sums, several where they are made from the same data.
namespace seqrec::kernels::cuda {

/// Which neighbours lie side by side in memory, and so are read by neighbouring threads.
enum class Along { Terms, Outputs };

inline constexpr std::int64_t kTermsOfBlock = 16384;  // a piece along the terms, for one output
inline constexpr std::int64_t kTermsOfTile = 4096;    // a piece for a tile of outputs: of a batch's rows one is enough
inline constexpr int kTileOutputs = 16;               // two sectors of f32
inline constexpr int kTileRows = 64;

/// Where sums end: T[n][output] = factor * sum.
template <class T, int N>
struct FinalSums {
  T* of[N];
  double factor = 1;

  __device__ void write(int n, std::int64_t, std::int64_t output, double sum) const {
    of[n][output] = static_cast<T>(factor * sum);
  }
  template <class F>
  void for_each_pointer(F f) const {
    for (T* const pointer : of) f(pointer);
  }
};

/// The sums of pieces: where they are written, and the source of the next round.
template <int N>
struct PieceSums {
  static constexpr int kCount = N;
  double* data;
  std::int64_t strides[3];  ///< of the n-th sum, a piece, an output

  struct Output {
    const double* data;
    std::int64_t strides[2];
    __device__ void add(std::int64_t piece, double (&sums)[N]) const {
      for (int n = 0; n < N; ++n) sums[n] += data[n * strides[0] + piece * strides[1]];
    }
  };
  __device__ Output of(std::int64_t output) const { return {data + output * strides[2], {strides[0], strides[1]}}; }
  __device__ void write(int n, std::int64_t piece, std::int64_t output, double sum) const {
    data[n * strides[0] + piece * strides[1] + output * strides[2]] = sum;
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(data);
  }
};

/// How many terms are cut into pieces of how many.
struct Pieces {
  std::int64_t terms, length, count;
};

/// A team a piece of an output's terms.
template <class Team, class Source, class Target>
__global__ void sums_along_terms_kernel(Source source, Target target, std::int64_t outputs, Pieces pieces) {
  Team::for_each_row(outputs * pieces.count, [&](std::int64_t row) {
    const std::int64_t output = row / pieces.count, piece = row % pieces.count, begin = piece * pieces.length;
    const auto from = source.of(output);
    double sums[Source::kCount] = {};
    Team::for_each(min(pieces.length, pieces.terms - begin), [&](std::int64_t i) { from.add(begin + i, sums); });
#pragma unroll
    for (int n = 0; n < Source::kCount; ++n) {
      const double sum = Team::reduce(sums[n], Plus{});
      if (Team::leads()) target.write(n, piece, output, sum);
    }
  });
}

/// A block a piece of the terms of kTileOutputs outputs: a column of threads an output.
template <class Source, class Target>
__global__ void sums_along_outputs_kernel(Source source, Target target, std::int64_t outputs, Pieces pieces) {
  SEQREC_SHARED(double, partial, [Source::kCount][kTileRows][kTileOutputs]);
  const std::int64_t tiles = (outputs + kTileOutputs - 1) / kTileOutputs;
  const int column = static_cast<int>(threadIdx.x) % kTileOutputs, row = static_cast<int>(threadIdx.x) / kTileOutputs;
  for_each_row(tiles * pieces.count, [&](std::int64_t place) {
    const std::int64_t piece = place / tiles, output = place % tiles * kTileOutputs + column;
    double sums[Source::kCount] = {};
    if (output < outputs) {
      const auto from = source.of(output);
      const std::int64_t end = min(pieces.terms, (piece + 1) * pieces.length);
      for (std::int64_t i = piece * pieces.length + row; i < end; i += kTileRows) from.add(i, sums);
    }
    __syncthreads();  // the last tile's sums have been read
#pragma unroll
    for (int n = 0; n < Source::kCount; ++n) partial[n][row][column] = sums[n];
    __syncthreads();
    if (row > 0 || output >= outputs) return;
#pragma unroll
    for (int n = 0; n < Source::kCount; ++n) {
      double sum = 0;
      for (int r = 0; r < kTileRows; ++r) sum += partial[n][r][column];
      target.write(n, piece, output, sum);
    }
  });
}

template <Along kAlong, class Source, class Target>
void launch_sums(const Context& gpu, std::int64_t outputs, const Pieces& pieces, const Source& source,
                 const Target& target) {
  if constexpr (kAlong == Along::Terms) {
    by_rows(gpu, outputs * pieces.count, std::min(pieces.terms, pieces.length), [&](auto team, const Launch& shape) {
      launch(shape, sums_along_terms_kernel<decltype(team), Source, Target>, source, target, outputs, pieces);
    });
  } else {
    const std::int64_t tiles = (outputs + kTileOutputs - 1) / kTileOutputs;
    launch(gpu.rows(tiles * pieces.count, kTileRows * kTileOutputs), sums_along_outputs_kernel<Source, Target>, source,
           target, outputs, pieces);
  }
}

/// target = the sums of `terms` terms for each of `outputs` outputs.
template <Along kAlong, class Source, class T>
void sums(const Context& gpu, std::int64_t outputs, std::int64_t terms, const Source& source,
          const FinalSums<T, Source::kCount>& target) {
  const std::int64_t length = PieceLimitScope::limited(kAlong == Along::Terms ? kTermsOfBlock : kTermsOfTile);
  const std::int64_t pieces = (terms + length - 1) / length, count = Source::kCount;
  if (pieces <= 1) return launch_sums<kAlong>(gpu, outputs, {terms, length, 1}, source, target);
  const Tensor scratch({count, outputs, pieces}, DType::F64, gpu.device());
  PieceSums<Source::kCount> partial{scratch.data<double>(), {outputs * pieces, 1, pieces}};
  if (kAlong == Along::Outputs) partial.strides[1] = outputs, partial.strides[2] = 1;
  launch_sums<kAlong>(gpu, outputs, {terms, length, pieces}, source, partial);
  sums<kAlong>(gpu, outputs, pieces, partial, target);
}

}  // namespace seqrec::kernels::cuda
