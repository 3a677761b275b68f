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

Variable l2_norm(const Variable& x) { return sum_of_norms({x}); }

// d w|x| = w x . dx / |x|
Variable sum_of_norms(const std::vector<Variable>& xs, std::vector<double> weights) {
  require<UsageError>(!xs.empty(), "[sum_of_norms] needs at least one tensor");
  std::vector<Tensor> values;
  for (const Variable& x : xs) values.push_back(x.value());
  Tensor norms({std::ssize(xs)}, xs[0].dtype(), xs[0].device()), y({1}, norms.dtype(), norms.device());
  if (weights.empty()) weights.assign(xs.size(), 1.0);
  kernels::l2_norms(values, weights, norms, y);
  return record("sum_of_norms", std::span(xs), y.reshape({}), [values, weights, norms](Backward& b) {
    std::vector<Tensor> grads;
    for (const Tensor& x : values) grads.push_back(empty_like(x));
    kernels::l2_norms_backward(values, weights, norms, b.grad(), grads);
    for (std::size_t i = 0; i < values.size(); ++i) b.give(i, grads[i]);
  });
}

}  // namespace seqrec::autograd
