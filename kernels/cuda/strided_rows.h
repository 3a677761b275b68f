#pragma once

#include <cstdint>

#include "kernels/cuda/strided.h"

namespace seqrec::kernels::cuda {

/// A tensor of one dimension, of any stride, as a kernel's argument.
template <class T>
struct StridedRow {
  T* data;
  std::int64_t stride;

  __device__ __forceinline__ T& operator[](std::int64_t i) const { return data[i * stride]; }
  template <class F>
  void for_each_pointer(F f) const {
    f(data);
  }
};

/// A tensor's rows along its last axis, of any strides, as a kernel's argument: x[row][i].
template <class T>
struct StridedRows {
  T* data;
  Strided<1> places;  ///< of the rows' first elements
  std::int64_t stride;

  __device__ __forceinline__ StridedRow<T> operator[](std::int64_t row) const {
    return {data + places.offset(0, row), stride};
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(data);
  }
};

template <class T>
StridedRow<const T> strided_row(const Tensor& x) {
  return {x.data<T>(), x.strides()[0]};
}

/// `x` has at least one dimension, and elements.
template <class T>
StridedRows<const T> strided_rows(const Tensor& x) {
  return {x.data<T>(), strided(x.select(-1, 0)), x.strides().back()};
}
template <class T>
StridedRows<T> strided_rows(Tensor& x) {
  return {x.data<T>(), strided(x.select(-1, 0)), x.strides().back()};
}

}  // namespace seqrec::kernels::cuda
