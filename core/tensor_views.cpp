#include <optional>
#include <utility>

#include "core/tensor.h"

namespace seqrec {
namespace {

/// `shape` with its one -1 replaced so that it holds `numel` elements.
Shape resolve(Shape shape, const Tensor& tensor) {
  const auto fits = [&](bool ok) {
    require<ShapeError>(ok, "[reshape] ", tensor.numel(), " elements don't fit ", shape, ": shape ", tensor.shape());
  };
  int unknown = -1;
  Shape known = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == -1) {
      require<ShapeError>(unknown < 0, "[reshape] more than one size is -1: ", shape);
      unknown = axis;
      known[axis] = 1;
    }
    require<ShapeError>(known[axis] >= 0, "[reshape] sizes must not be negative: ", shape);
  }
  fits(known.is_legal());
  if (unknown >= 0) {
    require<ShapeError>(known.numel() != 0, "[reshape] the size -1 could be any: ", shape);
    fits(tensor.numel() % known.numel() == 0);
    known[unknown] = tensor.numel() / known.numel();
  }
  fits(known.numel() == tensor.numel());
  return known;
}

/// Strides that show the elements of (from, strides) under the shape `to`, if there are any. The old axes fall into
/// runs whose strides are those of one flat axis; each run must be made of whole new axes.
std::optional<Shape> view_strides(const Shape& from, const Shape& strides, const Shape& to) {
  if (to.numel() == 0) return to.row_major_strides();
  Shape result = to;
  int axis = to.rank() - 1;
  std::int64_t run = 1;  // elements of the current run of old axes
  for (int old = from.rank() - 1; old >= 0;) {
    std::int64_t stride = strides[old];
    run = from[old--];
    while (old >= 0 && (from[old] == 1 || run == 1 || strides[old] == run * stride)) {
      if (run == 1) stride = strides[old];
      run *= from[old--];
    }
    while (axis >= 0 && run > 1) {
      if (run % to[axis] != 0) return std::nullopt;
      result[axis] = stride;
      stride *= to[axis];
      run /= to[axis--];
    }
    if (run != 1) return std::nullopt;
  }
  for (; axis >= 0; --axis) result[axis] = 1;  // what is left has size 1
  return result;
}

}  // namespace

Tensor Tensor::reshape(Shape shape) const {
  require<ShapeError>(defined(), "[reshape] the tensor is undefined");
  Tensor view = *this;
  view.shape_ = resolve(shape, *this);
  const std::optional<Shape> strides = view_strides(shape_, strides_, view.shape_);
  require<ShapeError>(strides.has_value(), "[reshape] no view of shape ", view.shape_, " exists: shape ", shape_,
                      " with strides ", strides_);
  view.strides_ = *strides;
  return view;
}

Tensor Tensor::transpose(int axis_a, int axis_b) const {
  Tensor view = *this;
  std::swap(view.shape_[axis_a], view.shape_[axis_b]);
  std::swap(view.strides_[axis_a], view.strides_[axis_b]);
  return view;
}

Tensor Tensor::slice(int axis, std::int64_t begin, std::int64_t end) const {
  require<ShapeError>(begin >= 0 && begin <= end && end <= shape_[axis], "[slice] [", begin, ", ", end,
                      ") is out of range for axis ", axis, " of shape ", shape_);
  Tensor view = *this;
  view.shape_[axis] = end - begin;
  view.offset_ += begin * strides_[axis];
  return view;
}

Tensor Tensor::select(int axis, std::int64_t index) const {
  require<ShapeError>(index >= 0 && index < shape_[axis], "[select] index ", index, " is out of range for axis ", axis,
                      " of shape ", shape_);
  Tensor view = *this;
  view.offset_ += index * strides_[axis];
  view.shape_.erase(axis);
  view.strides_.erase(axis);
  return view;
}

Tensor Tensor::as(DType dtype) const {
  require<ShapeError>(rank() == 1 && is_contiguous(), "[as] expected a contiguous tensor of one dimension, got shape ",
                      shape_, " with strides ", strides_);
  const auto from = static_cast<std::int64_t>(size_of(dtype_)), to = static_cast<std::int64_t>(size_of(dtype));
  const std::int64_t begin = offset_ * from, bytes = numel() * from;
  require<ShapeError>(begin % to == 0 && bytes % to == 0, "[as] ", bytes, " bytes from ", begin, " on are no whole ",
                      dtype);
  Tensor view = *this;
  view.dtype_ = dtype;
  view.offset_ = begin / to;
  view.shape_ = {bytes / to};
  view.strides_ = {1};
  return view;
}

Tensor Tensor::expand(Shape shape) const {
  require<ShapeError>(defined(), "[expand] the tensor is undefined");
  require<ShapeError>(shape.is_legal(), "[expand] shape is negative or too large: ", shape);
  require<ShapeError>(broadcasts_to(shape_, shape), "[expand] ", shape_, " doesn't broadcast to ", shape);
  Tensor view = *this;
  view.shape_ = shape;
  view.strides_ = shape;
  for (int axis = -1; axis >= -shape.rank(); --axis) {
    const bool same = axis >= -rank() && shape_[axis] == shape[axis];
    view.strides_[axis] = same ? strides_[axis] : 0;
  }
  return view;
}

Tensor Tensor::unsqueeze(int axis) const {
  require<ShapeError>(defined(), "[unsqueeze] the tensor is undefined");
  Tensor view = *this;
  view.shape_.insert(axis, 1);
  if (axis < 0) axis += rank() + 1;
  view.strides_.insert(axis, axis < rank() ? shape_[axis] * strides_[axis] : 1);
  return view;
}

Tensor Tensor::squeeze(int axis) const {
  require<ShapeError>(shape_[axis] == 1, "[squeeze] axis ", axis, " has not size 1: shape ", shape_);
  Tensor view = *this;
  view.shape_.erase(axis);
  view.strides_.erase(axis);
  return view;
}

}  // namespace seqrec
