#include "autograd/ops/shape.h"

#include <numeric>

#include "kernels/copy.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {

Variable reshape(const Variable& x, Shape shape) {
  const bool view = x.value().is_contiguous();
  const Tensor y = (view ? x.value() : kernels::contiguous(x.value())).reshape(shape);
  return record("reshape", {x}, y, [from = x.shape()](Backward& b) { b.give(0, b.grad().reshape(from)); });
}

Variable transpose(const Variable& x, int axis_a, int axis_b) {
  return record("transpose", {x}, x.value().transpose(axis_a, axis_b),
                [axis_a, axis_b](Backward& b) { b.give(0, b.grad().transpose(axis_a, axis_b)); });
}

Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end) {
  return record("slice", {x}, x.value().slice(axis, begin, end), [from = x.shape(), axis, begin, end](Backward& b) {
    const Tensor grad = Tensor::zeros(from, b.grad().dtype(), b.grad().device());
    Tensor part = grad.slice(axis, begin, end);
    kernels::copy(b.grad(), part);
    b.give(0, grad);
  });
}

Variable expand(const Variable& x, Shape shape) {
  return record("expand", {x}, x.value().expand(shape), [from = x.shape()](Backward& b) {
    Shape padded = from;
    while (padded.rank() < b.grad().rank()) padded.insert(0, 1);
    Tensor grad(padded, b.grad().dtype(), b.grad().device());
    kernels::sum(b.grad(), grad);
    b.give(0, grad.reshape(from));
  });
}

Variable concat(const std::vector<Variable>& parts, int axis) {
  require<ShapeError>(!parts.empty(), "[concat] needs at least one part");
  Shape shape = parts[0].shape();
  axis = shape.check_axis(axis);
  shape[axis] = 0;
  for (const Variable& part : parts) {
    Shape rest = part.shape();
    require<ShapeError>(rest.rank() == shape.rank(), "[concat] ranks differ: ", parts[0].shape(), " and ",
                        part.shape());
    shape[axis] += rest[axis];
    rest[axis] = shape[axis];
    require<ShapeError>(rest == shape, "[concat] sizes differ off axis ", axis, ": ", parts[0].shape(), " and ",
                        part.shape());
  }
  Tensor out(shape, parts[0].dtype(), parts[0].device());
  std::int64_t at = 0;
  for (const Variable& part : parts) {
    Tensor place = out.slice(axis, at, at + part.shape()[axis]);
    kernels::copy(part.value(), place);
    at += part.shape()[axis];
  }
  return record("concat", std::span(parts), out, [axis, inputs = parts.size(), sizes = [&] {
                  std::vector<std::int64_t> sizes;
                  for (const Variable& part : parts) sizes.push_back(part.shape()[axis]);
                  return sizes;
                }()](Backward& b) {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < inputs; at += sizes[i++]) {
      if (b.needs(i)) b.give(i, b.grad().slice(axis, at, at + sizes[i]));
    }
  });
}

Variable stack(const std::vector<Variable>& parts, int axis) {
  require<ShapeError>(!parts.empty(), "[stack] needs at least one part");
  Shape shape = parts[0].shape();
  shape.insert(axis, 1);
  std::vector<Variable> rows;
  for (const Variable& part : parts) {
    require<ShapeError>(part.shape() == parts[0].shape(), "[stack] shapes differ: ", parts[0].shape(), " and ",
                        part.shape());
    rows.push_back(reshape(part, shape));
  }
  return concat(rows, axis);
}

std::vector<Variable> split(const Variable& x, int axis, const std::vector<std::int64_t>& sizes) {
  require<ShapeError>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) == x.shape()[axis],
                      "[split] the sizes don't add up to axis ", axis, " of ", x.shape());
  std::vector<Variable> parts;
  std::int64_t at = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(slice(x, axis, at, at + size));
    at += size;
  }
  return parts;
}

}  // namespace seqrec::autograd
