#pragma once

#include <Eigen/Core>

#include "core/tensor.h"

/// Tensors as Eigen's maps and Eigen's objects as tensors, without a copy. The engine itself doesn't depend on Eigen:
/// nothing of it includes this file.
///
///     eigen::matrix<float>(scores).rowwise().maxCoeff();     // a tensor, in Eigen's words
///     linear(Variable(eigen::view(features)), ...);          // a matrix of Eigen's, as a tensor
///
/// Types are float, double, std::int32_t, std::int64_t, std::uint8_t and bool, and must be the tensor's dtype. Sizes of
/// 0 are legal. All errors are ShapeErrors, `[eigen] expected ..., got ...`.
namespace seqrec::eigen {

/// Rows are consecutive, as in a tensor.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

template <class T>
using MatrixMap = Eigen::Map<Matrix<T>>;
template <class T>
using VectorMap = Eigen::Map<Vector<T>>;
template <class T>
using StridedMatrixMap = Eigen::Map<Matrix<T>, Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
template <class T>
using StridedVectorMap = Eigen::Map<Vector<T>, Eigen::Unaligned, Eigen::InnerStride<>>;

namespace detail {

template <class T>
T* data(const Tensor& tensor, int rank) {
  require<ShapeError>(tensor.device() == kCpu, "[eigen] expected a tensor on the cpu, got one on ", tensor.device());
  require<ShapeError>(tensor.dtype() == dtype_of<T> && tensor.rank() == rank, "[eigen] expected ", dtype_of<T>,
                      " with ", rank, " dimension", rank == 1 ? "" : "s", ", got ", tensor.dtype(), " ",
                      tensor.shape());
  return tensor.data<T>();
}

template <class T>
T* contiguous_data(const Tensor& tensor, int rank) {
  T* const first = data<T>(tensor, rank);
  require<ShapeError>(tensor.is_contiguous(), "[eigen] expected a contiguous tensor, got strides ", tensor.strides(),
                      " for ", tensor.shape(), ": the strided maps take any");
  return first;
}

template <class Derived>
Tensor wrap(const Derived& x, std::shared_ptr<const void> owner) {
  static_assert(Derived::Flags & Eigen::DirectAccessBit, "an expression has no elements to view: take() it");
  using T = typename Derived::Scalar;
  T* const data = const_cast<T*>(x.data());  // read-only by convention where x is const
  if constexpr (Derived::IsVectorAtCompileTime) {
    return Tensor::wrap(data, {x.size()}, {x.innerStride()}, dtype_of<T>, std::move(owner));
  } else {
    return Tensor::wrap(data, {x.rows(), x.cols()}, {x.rowStride(), x.colStride()}, dtype_of<T>, std::move(owner));
  }
}

}  // namespace detail

/// A contiguous tensor of 2 (1) dimensions as a map, which is valid for as long as the tensor's storage.
template <class T>
MatrixMap<T> matrix(const Tensor& tensor) {
  return {detail::contiguous_data<T>(tensor, 2), tensor.size(0), tensor.size(1)};
}
template <class T>
VectorMap<T> vector(const Tensor& tensor) {
  return {detail::contiguous_data<T>(tensor, 1), tensor.size(0)};
}

/// The same of any strides: a transpose, a slice, an expanded tensor (whose map must not be written to).
template <class T>
StridedMatrixMap<T> strided_matrix(const Tensor& tensor) {
  return {detail::data<T>(tensor, 2), tensor.size(0), tensor.size(1), {tensor.strides()[0], tensor.strides()[1]}};
}
template <class T>
StridedVectorMap<T> strided_vector(const Tensor& tensor) {
  return {detail::data<T>(tensor, 1), tensor.size(0), Eigen::InnerStride<>(tensor.strides()[0])};
}

/// A matrix, vector, array, map or block of Eigen's as a tensor [rows, cols] ([size] for what is a vector at compile
/// time) with its strides: columns of a column-major matrix lie together. The elements must outlive the tensor and
/// whatever views it.
template <class Derived>
Tensor view(const Eigen::DenseBase<Derived>& x) {
  return detail::wrap(x.derived(), nullptr);
}
template <class Derived>
Tensor view(const Eigen::PlainObjectBase<Derived>&& x) = delete;  // would dangle: take() it

/// The same of a matrix, vector or array that nobody else needs: moved into the tensor's storage, which keeps it alive.
template <class Derived>
Tensor take(Eigen::PlainObjectBase<Derived>&& x) {
  const auto owner = std::make_shared<const Derived>(std::move(x.derived()));
  return detail::wrap(*owner, owner);
}

template <class Derived>
Tensor take(const Eigen::PlainObjectBase<Derived>& x) = delete;  // std::move it, or view() it

/// An expression, evaluated into the tensor's storage.
template <class Derived>
Tensor take(const Eigen::DenseBase<Derived>& expression) {
  const auto owner = std::make_shared<const typename Derived::PlainObject>(expression.derived());
  return detail::wrap(*owner, owner);
}

}  // namespace seqrec::eigen
