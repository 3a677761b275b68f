#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cuda/limits.h"
#include "kernels/matmul.h"

/// Products of some rows at a time, so that what follows reads them in cache, and no [rows, classes] matrix is kept.
namespace seqrec::kernels::cuda {

/// What makes a tile and what reads it meet in an H100's second-level cache (50 MB).
inline constexpr std::int64_t kTileBytes = std::int64_t{32} << 20;
/// At least, whatever the number of classes: a product of few rows is bound by reading the table.
inline constexpr std::int64_t kLeastTileRows = 64;

/// Rows of a tile of `rows`, at most `most`: tiles are about equal, and whole tiles of cuBLAS's where so many rows fit.
inline std::int64_t rows_of_tile(std::int64_t rows, std::int64_t most) {
  constexpr std::int64_t kOfProduct = 64;
  most = TileLimitScope::limited(most);
  if (most >= kOfProduct) most -= most % kOfProduct;
  const std::int64_t tiles = (rows + most - 1) / most, equal = (rows + tiles - 1) / tiles;
  return most < kOfProduct ? equal : (equal + kOfProduct - 1) / kOfProduct * kOfProduct;
}

/// Calls f(scores, begin) with the scores = hidden table^T of rows [begin, begin + scores.size(0)), to be used up at
/// once: hidden [rows, width], table [classes, width], scores [.., classes], whose rows begin where packs may.
template <class F>
void for_each_tile(const Tensor& hidden, const Tensor& table, F f) {
  const std::int64_t rows = hidden.size(0), classes = table.size(0);
  if (rows == 0) return;
  const std::int64_t element = static_cast<std::int64_t>(size_of(hidden.dtype())), lanes = 16 / element;
  const std::int64_t stride = std::max<std::int64_t>(1, (classes + lanes - 1) / lanes) * lanes;
  const std::int64_t tile = rows_of_tile(rows, std::max(kLeastTileRows, kTileBytes / (stride * element)));
  const Tensor scratch({tile, stride}, hidden.dtype(), hidden.device());
  for (std::int64_t begin = 0; begin < rows; begin += tile) {
    const std::int64_t end = std::min(rows, begin + tile);
    Tensor scores = scratch.slice(0, 0, end - begin).slice(1, 0, classes);
    cuda::matmul(hidden.slice(0, begin, end), false, table, true, 1, Write::Overwrite, scores);
    f(scores, begin);
  }
}

}  // namespace seqrec::kernels::cuda
