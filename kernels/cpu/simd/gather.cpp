#include "kernels/cpu/simd/gather.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

constexpr std::int64_t kGatherBlock = 64;  // rows summed before their sum is added to that of the blocks before
constexpr int kTile = 8;                   // vectors whose sums stay in registers

/// Columns of a tile of K vectors, the last of which holds `part` elements.
template <class T, int K>
void sum_tile(std::int64_t n, const std::int32_t* places, const T* weights, const std::int32_t* ids, const T* table,
              std::int64_t width, T* out, std::int64_t part) {
  constexpr std::int64_t kLast = (K - 1) * kLanes<T>;
  for (std::int64_t first = 0; first == 0 || first < n; first += kGatherBlock) {
    const std::int64_t last = first + kGatherBlock < n ? first + kGatherBlock : n;
    Vector<T> sums[K] = {};
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t place = places ? places[i] : i;
      const T weight = weights ? weights[place] : T(1);
      const T* row = table + (ids ? ids[place] : place) * width;
#pragma GCC unroll 8
      for (int k = 0; k < K - 1; ++k) sums[k] += weight * load(row + k * kLanes<T>);
      sums[K - 1] += weight * load_some(row + kLast, part);
    }
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) {
      const std::int64_t count = k < K - 1 ? kLanes<T> : part;
      T* to = out + k * kLanes<T>;
      store_some(to, first == 0 ? sums[k] : load_some(to, count) + sums[k], count);
    }
  }
}

template <class T, int K = kTile>
void sum_tile_of(int vectors, std::int64_t n, const std::int32_t* places, const T* weights, const std::int32_t* ids,
                 const T* table, std::int64_t width, T* out, std::int64_t part) {
  if (vectors == K) {
    if (part == kLanes<T>) return sum_tile<T, K>(n, places, weights, ids, table, width, out, kLanes<T>);
    return sum_tile<T, K>(n, places, weights, ids, table, width, out, part);
  }
  if constexpr (K > 1) sum_tile_of<T, K - 1>(vectors, n, places, weights, ids, table, width, out, part);
}

}  // namespace

template <class T>
void sum_rows(std::int64_t n, const std::int32_t* places, const T* weights, const std::int32_t* ids, const T* table,
              std::int64_t width, T* out) {
  for (std::int64_t j = 0; j < width; j += kTile * kLanes<T>) {
    const std::int64_t left = width - j < kTile * kLanes<T> ? width - j : kTile * kLanes<T>;
    const int vectors = (int)((left + kLanes<T> - 1) / kLanes<T>);
    sum_tile_of<T>(vectors, n, places, weights, ids, table + j, width, out + j, left - (vectors - 1) * kLanes<T>);
  }
}

template <class T>
void sum_products(std::int64_t n, const std::int32_t* places, const T* a, const T* b, std::int64_t stride,
                  const std::int32_t* ids, const T* table, std::int64_t width, T* out) {
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    Vector<T> sum{};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t place = places ? places[i] : i, row = place * stride + j;
      sum += load_some(a + row, count) + load_some(b + row, count) * load_some(table + ids[place] * width + j, count);
    }
    store_some(out + j, sum, count);
  });
}

template <class T>
void dot_rows(std::int64_t n, const T* row, const std::int32_t* ids, const T* table, std::int64_t width, T* out) {
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const T *a = table + ids[i] * width, *b = table + ids[i + 1] * width, *c = table + ids[i + 2] * width,
            *d = table + ids[i + 3] * width;
    Vector<T> sums[4] = {};
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
      const Vector<T> v = load_some(row + j, count);
      sums[0] += v * load_some(a + j, count);
      sums[1] += v * load_some(b + j, count);
      sums[2] += v * load_some(c + j, count);
      sums[3] += v * load_some(d + j, count);
    });
    for (int k = 0; k < 4; ++k) out[i + k] = lane_sum<T>(sums[k]);
  }
  for (; i < n; ++i) {
    const T* a = table + ids[i] * width;
    Vector<T> sum{};
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count)
                              SEQREC_INLINED { sum += load_some(row + j, count) * load_some(a + j, count); });
    out[i] = lane_sum<T>(sum);
  }
}

template <class T>
void max_rows(std::int64_t n, const T* x, std::int64_t width, std::int32_t first, bool more, T* out,
              std::int32_t* places) {
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const std::int64_t begin = more ? 0 : 1;
    Vector<T> most = load_some(more ? out + j : x + j, count);
    Bits<T> place = Bits<T>{} - (typename Float<T>::Bits)more;  // -1: as it was
    for (std::int64_t i = begin; i < n; ++i) {
      const Vector<T> v = load_some(x + i * width + j, count);
      const Bits<T> better = (v > most) | ((v != v) & (most == most));
      most = better ? v : most;
      place = better ? Bits<T>{} + (typename Float<T>::Bits)i : place;
    }
    store_some(out + j, most, count);
    for (std::int64_t l = 0; l < count; ++l)
      if (!more || place[l] >= 0) places[j + l] = first + (std::int32_t)place[l];
  });
}

SEQREC_SIMD_INSTANTIATE(sum_rows)
SEQREC_SIMD_INSTANTIATE(sum_products)
SEQREC_SIMD_INSTANTIATE(dot_rows)
SEQREC_SIMD_INSTANTIATE(max_rows)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
