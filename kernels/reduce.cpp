#include "kernels/reduce.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::sum(const Tensor& x, Tensor& out) {
  const Arguments arguments{"sum"};
  arguments.floating("x", x);
  arguments.rank("out", out, x.rank());
  for (int axis = 0; axis < x.rank(); ++axis)
    require<ShapeError>(out.size(axis) == x.size(axis) || out.size(axis) == 1, "[sum] out: expected sizes of ",
                        x.shape(), " or 1, got ", out.shape());
  arguments.result("out", out, out.shape(), x.dtype());
}

void check::max_last(const Tensor& x, Tensor& out, Tensor& index) {
  const Arguments arguments{"max_last"};
  arguments.floating("x", x);
  require<ShapeError>(x.rank() > 0 && x.shape().back() > 0, "[max_last] the last axis is empty: ", x.shape());
  Shape shape = x.shape();
  shape.erase(-1);
  arguments.result("out", out, shape, x.dtype());
  arguments.result("index", index, shape, DType::I32);
}

static void check_one_element(const char* op, const Tensor& x, const Tensor& out, DType dtype) {
  const Arguments arguments{op};
  arguments.floating("x", x);
  arguments.input("out", out, out.defined() ? out.shape() : Shape{}, dtype);
  require<ShapeError>(out.numel() == 1, "[", op, "] out: expected one element, got ", out.shape());
}

void check::sum_of_squares(const Tensor& x, Tensor& out) { check_one_element("sum_of_squares", x, out, x.dtype()); }

void check::any_nonfinite(const Tensor& x, Tensor& out) { check_one_element("any_nonfinite", x, out, DType::I32); }

}  // namespace seqrec::kernels
