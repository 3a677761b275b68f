#pragma once

#include <cstdint>

#include "kernels/cuda/reduction.h"

/// For .cu files only. The first of the largest elements, where NaN is larger than all.
namespace seqrec::kernels::cuda {

template <class T>
struct Best {
  T value;
  std::int64_t place;  // -1: none
};

template <class T>
__device__ Best<T> exchange(const Best<T>& best, int bits) {
  return {cuda::exchange(best.value, bits), cuda::exchange(best.place, bits)};
}

struct Better {
  template <class T>
  __device__ Best<T> operator()(const Best<T>& a, const Best<T>& b) const {
    if (a.place < 0 || b.place < 0) return a.place < 0 ? b : a;
    const bool a_nan = isnan(a.value), b_nan = isnan(b.value);
    if (a_nan != b_nan) return a_nan ? a : b;
    if (!a_nan && a.value != b.value) return a.value > b.value ? a : b;
    return a.place < b.place ? a : b;
  }
};

}  // namespace seqrec::kernels::cuda
