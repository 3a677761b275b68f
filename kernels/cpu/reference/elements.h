#pragma once

#include <vector>

#include "core/tensor.h"
#include "kernels/cpu/reference/functions.h"

namespace seqrec::kernels::reference {

/// The elements of a tensor of any strides: by indices, `x(i, j)`, or by place in row-major order, `x[place]`.
template <class T>
class Elements {
 public:
  explicit Elements(const Tensor& tensor)
      : data_(tensor.data<T>()), shape_(tensor.shape()), strides_(tensor.strides()), size_(tensor.numel()) {}

  std::int64_t size() const { return size_; }

  template <class... I>
  T& operator()(I... index) const {
    std::int64_t offset = 0;
    int axis = 0;
    ((offset += index * strides_.begin()[axis++]), ...);
    return data_[offset];
  }

  T& operator[](std::int64_t place) const {
    std::int64_t offset = 0;
    for (int axis = shape_.rank() - 1; axis >= 0; --axis) {
      offset += place % shape_[axis] * strides_[axis];
      place /= shape_[axis];
    }
    return data_[offset];
  }

 private:
  T* data_;
  Shape shape_;
  Shape strides_;
  std::int64_t size_;
};

/// Sums in double by element of a result [rows, width], written when it dies.
template <class T>
class Sums {
 public:
  explicit Sums(const Tensor& out) : out_(out), width_(out.size(-1)), sums_(static_cast<std::size_t>(out.numel())) {}
  double& operator()(std::int64_t row, std::int64_t column) { return sums_[row * width_ + column]; }
  ~Sums() {
    for (std::int64_t i = 0; i < out_.size(); ++i) out_[i] = static_cast<T>(sums_[i]);
  }
  Sums(const Sums&) = delete;
  Sums& operator=(const Sums&) = delete;

 private:
  Elements<T> out_;
  std::int64_t width_;
  std::vector<double> sums_;
};

/// A tensor as rows: [product of the leading sizes, last size], any strides (places of `Elements`).
struct Rows {
  std::int64_t rows, width;
  explicit Rows(const Shape& shape) : rows(1), width(shape.back()) {
    for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  }
};

}  // namespace seqrec::kernels::reference
