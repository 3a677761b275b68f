#include "autograd/ops/matmul.h"

#include <utility>

#include "kernels/copy.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {

using kernels::Activation;
using kernels::Write;

namespace {

Shape product_shape(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  require<ShapeError>(a.rank() >= 2 && b.rank() >= 2, "[matmul] needs matrices: ", a.shape(), " x ", b.shape());
  Shape shape = a.rank() >= b.rank() ? a.shape() : b.shape();
  shape[-2] = a.size(transpose_a ? -1 : -2);
  shape[-1] = b.size(transpose_b ? -2 : -1);
  return shape;
}

Tensor product(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  Tensor out(product_shape(a, transpose_a, b, transpose_b), a.dtype(), a.device());
  kernels::matmul(a, transpose_a, b, transpose_b, 1.0, Write::Overwrite, out);
  return out;
}

/// Gives the gradient of input i, which is a product.
void give_product(Backward& back, std::size_t i, const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  back.give(i, [&](Write write, Tensor& grad) {
    Tensor to = grad.reshape(product_shape(a, transpose_a, b, transpose_b));
    kernels::matmul(a, transpose_a, b, transpose_b, 1.0, write, to);
  });
}

/// The gradient of an operand without the batch dimensions of the result: summed over them.
Tensor sum_batches(const Tensor& grad, const Shape& shape) {
  const Tensor flat = grad.reshape({-1, shape[-2], shape[-1]});
  Tensor out({1, shape[-2], shape[-1]}, grad.dtype(), grad.device());
  kernels::sum(flat, out);
  return out.reshape(shape);
}

Tensor rows_of(const Tensor& x, std::int64_t width) {
  const std::int64_t rows = width == 0 ? 0 : x.numel() / width;
  return kernels::contiguous(x).reshape({rows, width});
}

}  // namespace

// y = a b: da = dy b^T, db = a^T dy; with a (b) transposed, the transposed result.
Variable matmul(const Variable& a, const Variable& b, bool transpose_a, bool transpose_b) {
  const Tensor left = kernels::contiguous(a.value()), right = kernels::contiguous(b.value());
  return record("matmul", {a, b}, product(left, transpose_a, right, transpose_b),
                [a = left, b = right, transpose_a, transpose_b](Backward& back) {
                  const Tensor& g = back.grad();
                  const auto give = [&](std::size_t i, const Shape& shape, const Tensor& x, bool transpose_x,
                                        const Tensor& y, bool transpose_y) {
                    if (!back.needs(i)) return;
                    if (shape.rank() == g.rank()) return give_product(back, i, x, transpose_x, y, transpose_y);
                    back.give(i, sum_batches(product(x, transpose_x, y, transpose_y), shape));
                  };
                  if (transpose_a) {
                    give(0, a.shape(), b, transpose_b, g, true);
                  } else {
                    give(0, a.shape(), g, false, b, !transpose_b);
                  }
                  if (transpose_b) {
                    give(1, b.shape(), g, true, a, transpose_a);
                  } else {
                    give(1, b.shape(), a, !transpose_a, g, false);
                  }
                });
}

// y = f(z), z = x w^T + b: dz = dy f'(z), dx = dz w, dw = dz^T x, db = sum of dz over the rows. z itself is kept
// only where f'(z) doesn't follow from f(z).
Variable linear(const Variable& x, const Variable& weight, const Variable& bias, Activation activation) {
  require<ShapeError>(weight.value().rank() == 2 && x.value().rank() >= 1 && x.shape().back() == weight.shape()[1],
                      "[linear] expected x [..., in] and weight [out, in], got ", x.shape(), " and ", weight.shape());
  Shape shape = x.shape();
  shape[-1] = weight.shape()[0];
  const Tensor rows = rows_of(x.value(), weight.shape()[1]);
  const bool keep_input = activation && !kernels::derivative_follows_from_value(*activation);
  const Tensor w = kernels::contiguous(weight.value());
  Tensor z({rows.size(0), weight.shape()[0]}, x.dtype(), x.device());
  kernels::linear(rows, w, bias.defined() ? bias.value() : Tensor(), keep_input ? std::nullopt : activation, z);
  Tensor y = z;
  if (keep_input) {
    y = empty_like(z);
    kernels::unary(*activation, z, y);
  }
  std::vector<Variable> inputs{x, weight};
  if (bias.defined()) inputs.push_back(bias);
  return record("linear", std::span(std::as_const(inputs)), y.reshape(shape),
                [rows, w, z, y, activation, has_bias = bias.defined()](Backward& b) {
                  Tensor grad = b.grad().reshape(y.shape());
                  if (activation) {
                    Tensor grad_z = empty_like(grad);
                    kernels::unary_backward(*activation, z, y, grad, grad_z);
                    grad = grad_z;
                  }
                  if (b.needs(0)) give_product(b, 0, grad, false, w, false);
                  if (b.needs(1)) give_product(b, 1, grad, true, rows, false);
                  if (has_bias && b.needs(2)) {
                    Tensor sums({1, grad.size(1)}, grad.dtype(), grad.device());
                    kernels::sum(grad, sums);
                    b.give(2, sums.reshape({grad.size(1)}));
                  }
                });
}

}  // namespace seqrec::autograd
