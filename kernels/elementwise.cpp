#include "kernels/elementwise.h"

#include "kernels/check.h"

namespace seqrec::kernels {

#define SEQREC_NAME(code, name) #name,

const char* name_of(Unary op) {
  constexpr const char* kNames[] = {SEQREC_UNARY(SEQREC_NAME)};
  return kNames[static_cast<int>(op)];
}

const char* name_of(Binary op) {
  constexpr const char* kNames[] = {SEQREC_BINARY(SEQREC_NAME)};
  return kNames[static_cast<int>(op)];
}

bool derivative_follows_from_value(Unary op) {
  return op == Unary::Neg || op == Unary::Exp || op == Unary::Sqrt || op == Unary::Relu || op == Unary::Sigmoid ||
         op == Unary::Tanh;
}

void check::unary(Unary op, const Tensor& x, Tensor& out) {
  const Arguments arguments{name_of(op)};
  arguments.floating("x", x);
  arguments.result("out", out, x.shape(), x.dtype());
}

void check::unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  const std::string name = concat(name_of(op), "_backward");
  const Arguments arguments{name.c_str()};
  arguments.floating("x", x);
  arguments.input("y", y, x.shape(), x.dtype());
  arguments.input("grad_y", grad_y, x.shape(), x.dtype());
  arguments.result("grad_x", grad_x, x.shape(), x.dtype());
}

void check::binary(Binary op, const Tensor& a, const Tensor& b, Tensor& out) {
  const Arguments arguments{name_of(op)};
  arguments.floating("a", a);
  arguments.input("b", b, b.defined() ? b.shape() : Shape{}, a.dtype());
  arguments.result("out", out, broadcast(a.shape(), b.shape(), name_of(op)), a.dtype());
}

void check::where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out) {
  const Arguments arguments{"where"};
  arguments.floating("condition", condition);
  arguments.input("a", a, a.defined() ? a.shape() : Shape{}, condition.dtype());
  arguments.input("b", b, b.defined() ? b.shape() : Shape{}, condition.dtype());
  const Shape both = broadcast(a.shape(), b.shape(), "where");
  arguments.result("out", out, broadcast(condition.shape(), both, "where"), condition.dtype());
}

void check::affine(double, double, const Tensor& x, Tensor& out) {
  const Arguments arguments{"affine"};
  arguments.floating("x", x);
  arguments.result("out", out, x.shape(), x.dtype());
}

void check::add_scaled(double, const Tensor& x, Tensor& out) {
  const Arguments arguments{"add_scaled"};
  arguments.floating("x", x);
  arguments.result("out", out, x.shape(), x.dtype());
}

}  // namespace seqrec::kernels
