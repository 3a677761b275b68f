#include "kernels/cpu/simd/taps.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// K starts side by side, so that one's additions needn't wait for another's.
template <class T, int K>
SEQREC_INLINE void sum_starts(std::int64_t used, const std::int32_t* ids, const T* table, std::int64_t height,
                              std::int64_t filters, T* out) {
  for_vectors<T>(filters, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    Vector<T> sums[K] = {};
    for (std::int64_t t = 0; t < used; ++t) {
#pragma GCC unroll 4
      for (int k = 0; k < K; ++k) sums[k] += load_some(table + (ids[k + t] * height + t) * filters + j, count);
    }
#pragma GCC unroll 4
    for (int k = 0; k < K; ++k) store_some(out + k * filters + j, sums[k], count);
  });
}

}  // namespace

template <class T>
void tap_sums(std::int64_t n, std::int64_t used, const std::int32_t* ids, const T* table, std::int64_t height,
              std::int64_t filters, T* out) {
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) sum_starts<T, 4>(used, ids + i, table, height, filters, out + i * filters);
  for (; i < n; ++i) sum_starts<T, 1>(used, ids + i, table, height, filters, out + i * filters);
}

template <class T>
void tap_scatter(std::int64_t n, const TapStart* starts, const T* grads, const std::int32_t* ids, std::int64_t begin,
                 std::int64_t end, std::int64_t height, std::int64_t filters, T* table) {
  for_vectors<T>(filters, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    for (std::int64_t i = 0; i < n; ++i) {
      const Vector<T> grad = load_some(grads + i * filters + j, count);
      const std::int64_t last = starts[i].used < end ? starts[i].used : end;
      for (std::int64_t t = begin; t < last; ++t) {
        T* to = table + (ids[starts[i].first + t] * height + t) * filters + j;
        store_some(to, load_some(to, count) + grad, count);
      }
    }
  });
}

SEQREC_SIMD_INSTANTIATE(tap_sums)
SEQREC_SIMD_INSTANTIATE(tap_scatter)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
