#include "autograd/ops/elementwise.h"

#include "autograd/ops/broadcast.h"

namespace seqrec::autograd {

using kernels::Binary;
using kernels::Unary;

namespace {

Tensor affine_of(const Tensor& x, double scale, double shift) {
  Tensor out = empty_like(x);
  kernels::affine(scale, shift, x, out);
  return out;
}

}  // namespace

// d(a + b) = da + db
Variable add(const Variable& a, const Variable& b) {
  return record("add", {a, b}, binary(Binary::Add, a.value(), b.value()),
                [sa = a.shape(), sb = b.shape()](Backward& back) {
                  if (back.needs(0)) back.give(0, unbroadcast(back.grad(), sa));
                  if (back.needs(1)) back.give(1, unbroadcast(back.grad(), sb));
                });
}

// d(a - b) = da - db
Variable sub(const Variable& a, const Variable& b) {
  return record("sub", {a, b}, binary(Binary::Sub, a.value(), b.value()),
                [sa = a.shape(), sb = b.shape()](Backward& back) {
                  if (back.needs(0)) back.give(0, unbroadcast(back.grad(), sa));
                  if (back.needs(1)) back.give(1, affine_of(unbroadcast(back.grad(), sb), -1, 0));
                });
}

// d(a b) = b da + a db
Variable mul(const Variable& a, const Variable& b) {
  return record("mul", {a, b}, binary(Binary::Mul, a.value(), b.value()),
                [a = a.value(), b = b.value()](Backward& back) {
                  if (back.needs(0)) back.give(0, unbroadcast(binary(Binary::Mul, back.grad(), b), a.shape()));
                  if (back.needs(1)) back.give(1, unbroadcast(binary(Binary::Mul, back.grad(), a), b.shape()));
                });
}

// d(a / b) = da / b - (a / b) db / b
Variable div(const Variable& a, const Variable& b) {
  Tensor y = binary(Binary::Div, a.value(), b.value());
  return record("div", {a, b}, y, [sa = a.shape(), b = b.value(), y](Backward& back) {
    const Tensor scaled = binary(Binary::Div, back.grad(), b);
    if (back.needs(0)) back.give(0, unbroadcast(scaled, sa));
    if (back.needs(1)) back.give(1, affine_of(unbroadcast(binary(Binary::Mul, scaled, y), b.shape()), -1, 0));
  });
}

// d(scale x + shift) = scale dx
Variable affine(const Variable& x, double scale, double shift) {
  return record("affine", {x}, affine_of(x.value(), scale, shift),
                [scale](Backward& b) { b.give(0, affine_of(b.grad(), scale, 0)); });
}

Variable operator/(double a, const Variable& x) { return div(Variable(number(a, x.value())), x); }

// dx^p = p x^(p - 1) dx
Variable pow(const Variable& x, double p) {
  return record("pow", {x}, binary(Binary::Pow, x.value(), number(p, x.value())), [p, x = x.value()](Backward& b) {
    if (p == 0) return b.give(0, Tensor::zeros(x.shape(), x.dtype(), x.device()));  // at x = 0 too
    const Tensor power = binary(Binary::Pow, x, number(p - 1, x));
    b.give(0, affine_of(binary(Binary::Mul, b.grad(), power), p, 0));
  });
}

Variable unary(Unary op, const Variable& x) {
  Tensor y = empty_like(x.value());
  kernels::unary(op, x.value(), y);
  return record(kernels::name_of(op), {x}, y, [op, x = x.value(), y](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::unary_backward(op, x, y, b.grad(), grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd
