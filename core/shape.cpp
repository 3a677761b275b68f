#include "core/shape.h"

namespace seqrec {

Shape::Shape(std::span<const std::int64_t> dims) {
  require<ShapeError>(dims.size() <= kMaxRank, "[shape] at most ", kMaxRank, " dimensions: got ", dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
  rank_ = static_cast<int>(dims.size());
}

std::int64_t Shape::numel() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : *this) product *= dim;
  return product;
}

bool Shape::is_legal() const {
  std::ptrdiff_t bytes = 8;  // of the largest dtype; what 32 bits can't address isn't legal there
  for (const std::int64_t dim : *this) {
    if (dim < 0 || __builtin_mul_overflow(bytes, std::max<std::int64_t>(dim, 1), &bytes)) return false;
  }
  return true;
}

Shape Shape::row_major_strides() const {
  Shape strides = *this;
  std::int64_t stride = 1;
  for (int axis = rank_ - 1; axis >= 0; --axis) {
    strides.dims_[axis] = stride;
    stride *= dims_[axis];
  }
  return strides;
}

int Shape::check_axis(int axis) const {
  if (axis < -rank_ || axis >= rank_) {
    throw ShapeError(concat("[shape] axis ", axis, " is out of range for shape ", *this));
  }
  return axis < 0 ? axis + rank_ : axis;
}

void Shape::push_back(std::int64_t dim) { insert(rank_, dim); }

void Shape::erase(int axis) {
  axis = check_axis(axis);
  std::copy(dims_.begin() + axis + 1, dims_.begin() + rank_, dims_.begin() + axis);
  --rank_;
}

void Shape::insert(int axis, std::int64_t dim) {
  require<ShapeError>(rank_ < kMaxRank, "[shape] at most ", kMaxRank, " dimensions: can't add one to ", *this);
  require<ShapeError>(axis >= -rank_ - 1 && axis <= rank_, "[shape] axis ", axis,
                      " is out of range for one more dimension of ", *this);
  if (axis < 0) axis += rank_ + 1;
  std::copy_backward(dims_.begin() + axis, dims_.begin() + rank_, dims_.begin() + rank_ + 1);
  dims_[axis] = dim;
  ++rank_;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (const std::int64_t dim : shape) text += concat(text.size() > 1 ? ", " : "", dim);
  return text + ")";
}

Shape broadcast(const Shape& a, const Shape& b, const char* op) {
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  for (int axis = -1; axis >= -shorter.rank(); --axis) {
    std::int64_t& dim = result[axis];
    if (dim == 1) dim = shorter[axis];
    if (shorter[axis] != dim && shorter[axis] != 1) {
      throw ShapeError(concat("[", op, "] shapes don't broadcast: ", a, " and ", b));
    }
  }
  return result;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  for (int axis = -1; axis >= -from.rank(); --axis) {
    if (from[axis] != to[axis] && from[axis] != 1) return false;
  }
  return true;
}

}  // namespace seqrec
