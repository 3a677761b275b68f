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

void check::max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  const Arguments arguments{"max_last_backward"};
  arguments.floating("grad_x", grad_x);
  require<ShapeError>(grad_x.rank() > 0 && grad_x.shape().back() > 0,
                      "[max_last_backward] the last axis is empty: ", grad_x.shape());
  Shape shape = grad_x.shape();
  shape.erase(-1);
  arguments.input("grad_out", grad_out, shape, grad_x.dtype());
  arguments.input("index", index, shape, DType::I32);
  arguments.contiguous("grad_x", grad_x);
}

static void check_one_element(const char* op, const Tensor& x, const char* name, const Tensor& scalar, DType dtype) {
  const Arguments arguments{op};
  arguments.floating("x", x);
  arguments.input(name, scalar, scalar.defined() ? scalar.shape() : Shape{}, dtype);
  require<ShapeError>(scalar.numel() == 1, "[", op, "] ", name, ": expected one element, got ", scalar.shape());
}

void check::sum_of_squares(const Tensor& x, Tensor& out) {
  check_one_element("sum_of_squares", x, "out", out, x.dtype());
}

static void check_norms(const Arguments& arguments, const std::vector<Tensor>& xs, std::span<const double> weights,
                        const Tensor& norms) {
  require<ShapeError>(weights.size() == xs.size(), "[", arguments.op, "] weights: expected ", xs.size(), ", got ",
                      weights.size());
  arguments.floating("norms", norms);
  arguments.result("norms", norms, {std::ssize(xs)}, norms.dtype());
  for (const Tensor& x : xs) arguments.input("xs", x, x.defined() ? x.shape() : Shape{}, norms.dtype());
}

void check::l2_norms(const std::vector<Tensor>& xs, std::span<const double> weights, Tensor& norms, Tensor& total) {
  const Arguments arguments{"l2_norms"};
  check_norms(arguments, xs, weights, norms);
  check_one_element(arguments.op, norms, "total", total, norms.dtype());
}

void check::l2_norms_backward(const std::vector<Tensor>& xs, std::span<const double> weights, const Tensor& norms,
                              const Tensor& grad, const std::vector<Tensor>& grads) {
  const Arguments arguments{"l2_norms_backward"};
  check_norms(arguments, xs, weights, norms);
  check_one_element(arguments.op, norms, "grad", grad, norms.dtype());
  require<ShapeError>(grads.size() == xs.size(), "[l2_norms_backward] grads: expected ", xs.size(), " tensors, got ",
                      grads.size());
  for (std::size_t i = 0; i < xs.size(); ++i) arguments.result("grads", grads[i], xs[i].shape(), norms.dtype());
}

void check::any_nonfinite(const Tensor& x, Tensor& out) {
  check_one_element("any_nonfinite", x, "out", out, DType::I32);
}

bool all_finite(const Tensor& x) {
  Tensor found({1}, DType::I32, x.device());
  any_nonfinite(x, found);
  return found.item() == 0;
}

}  // namespace seqrec::kernels
