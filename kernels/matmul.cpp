#include "kernels/matmul.h"

#include "kernels/check.h"

namespace seqrec::kernels {

// Rows of consecutive elements, which don't overlap.
static void check_apart_rows(const char* op, const char* name, const Tensor& tensor) {
  const bool packed = tensor.size(-1) <= 1 || tensor.strides()[-1] == 1;
  const bool apart = tensor.size(-2) <= 1 || tensor.strides()[-2] >= tensor.size(-1);
  require<ShapeError>(tensor.numel() == 0 || (packed && apart), "[", op, "] ", name,
                      ": expected contiguous rows, got strides ", tensor.strides(), " for ", tensor.shape());
}

static Shape without_matrix(Shape shape) {
  shape.erase(-1);
  shape.erase(-1);
  return shape;
}

void check::matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double, Write, Tensor& out) {
  const Arguments arguments{"matmul"};
  arguments.floating("a", a);
  arguments.floating("b", b);
  require<ShapeError>(a.rank() >= 2 && b.rank() >= 2, "[matmul] expected at least 2 dimensions: ", a.shape(), " x ",
                      b.shape());
  const Tensor left = transpose_a ? a.transpose(-1, -2) : a;
  const Tensor right = transpose_b ? b.transpose(-1, -2) : b;
  require<ShapeError>(left.size(-1) == right.size(-2), "[matmul] inner sizes differ: ", left.shape(), " x ",
                      right.shape());
  require<ShapeError>(a.rank() == 2 || b.rank() == 2 || without_matrix(a.shape()) == without_matrix(b.shape()),
                      "[matmul] batch sizes differ: ", left.shape(), " x ", right.shape());
  check_apart_rows("matmul", "a", a);
  check_apart_rows("matmul", "b", b);
  Shape shape = without_matrix(a.rank() > 2 ? a.shape() : b.shape());
  shape.push_back(left.size(-2));
  shape.push_back(right.size(-1));
  arguments.input("b", b, b.shape(), a.dtype());
  arguments.result("out", out, shape, a.dtype());
}

void check::linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation, Tensor& out) {
  const Arguments arguments{"linear"};
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  arguments.rank("weight", weight, 2);
  require<ShapeError>(x.size(1) == weight.size(1), "[linear] inner sizes differ: ", x.shape(), " x ", weight.shape(),
                      "^T");
  check_apart_rows("linear", "x", x);
  check_apart_rows("linear", "weight", weight);
  arguments.input("weight", weight, weight.shape(), x.dtype());
  if (bias.defined()) arguments.input("bias", bias, {weight.size(0)}, x.dtype());
  arguments.result("out", out, {x.size(0), weight.size(0)}, x.dtype());
}

}  // namespace seqrec::kernels
