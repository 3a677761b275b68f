#include "autograd/ops/reduce.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/shape.h"
#include "core/index.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {
namespace {

/// x with its sizes on `axis` (-1: on every axis) replaced by 1.
Shape reduced_shape(const Shape& shape, int axis, bool all) {
  Shape out = shape;
  for (int i = 0; i < out.rank(); ++i) {
    if (all || i == axis) out[i] = 1;
  }
  return out;
}

Variable sum_over(const Variable& x, int axis, bool all) {
  const Shape kept = reduced_shape(x.shape(), axis, all);
  Tensor y(kept, x.dtype(), x.device());
  kernels::sum(x.value(), y);
  Shape shape = kept;
  if (all) {
    shape = Shape{};
  } else {
    shape.erase(axis);
  }
  return record("sum", {x}, y.reshape(shape),
                [from = x.shape(), kept](Backward& b) { b.give(0, b.grad().reshape(kept).expand(from)); });
}

}  // namespace

Variable sum(const Variable& x) { return sum_over(x, 0, true); }
Variable sum(const Variable& x, int axis) { return sum_over(x, x.shape().check_axis(axis), false); }

Variable mean(const Variable& x) {
  require<ShapeError>(x.value().numel() > 0, "[mean] of no element: shape ", x.shape());
  return sum(x) / static_cast<double>(x.value().numel());
}

Variable mean(const Variable& x, int axis) {
  require<ShapeError>(x.shape()[axis] > 0, "[mean] over an empty axis ", axis, ": shape ", x.shape());
  return sum(x, axis) / static_cast<double>(x.shape()[axis]);
}

Variable max_last(const Variable& x) {
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  Tensor y(shape, x.dtype(), x.device());
  Tensor place(shape, DType::I32, x.device());
  kernels::max_last(x.value(), y, place);
  return record("max_last", {x}, y, [from = x.shape(), place](Backward& b) {
    Tensor grad(from, b.grad().dtype(), b.grad().device());
    kernels::max_last_backward(b.grad(), place, grad);
    b.give(0, grad);
  });
}

Variable max(const Variable& x, int axis) {
  axis = x.shape().check_axis(axis);
  require<ShapeError>(x.shape()[axis] > 0, "[max] over an empty axis ", axis, ": shape ", x.shape());
  Variable last = x;  // the axis moves behind the others
  for (; axis + 1 < x.shape().rank(); ++axis) last = transpose(last, axis, axis + 1);
  return max_last(last);
}
Variable min(const Variable& x, int axis) { return -max(-x, axis); }
Variable max(const Variable& x) {
  require<ShapeError>(x.value().numel() > 0, "[max] of no element: shape ", x.shape());
  return max_last(reshape(x, {x.value().numel()}));
}
Variable min(const Variable& x) { return -max(-x); }

// d|x| = x . dx / |x|
Variable l2_norm(const Variable& x) {
  Tensor y(Shape{}, x.dtype(), x.device());
  kernels::sum_of_squares(x.value(), y);
  kernels::unary(kernels::Unary::Sqrt, y, y);
  return record("l2_norm", {x}, y, [x = x.value(), y](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::l2_norm_backward(x, y, b.grad(), grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd
