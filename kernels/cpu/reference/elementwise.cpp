#include "kernels/elementwise.h"

#include <cmath>
#include <numbers>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

double evaluate(Unary op, double x) {
  switch (op) {
    case Unary::Neg: return -x;
    case Unary::Exp: return std::exp(x);
    case Unary::Log: return std::log(x);
    case Unary::Sqrt: return std::sqrt(x);
    case Unary::Square: return x * x;
    case Unary::Abs: return std::abs(x);
    case Unary::Relu: return x < 0 ? 0 : x;
    case Unary::Sigmoid: return sigmoid(x);
    case Unary::Tanh: return std::tanh(x);
    case Unary::Gelu: return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case Unary::Swish: return x * sigmoid(x);
    case Unary::LogSigmoid: return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x)));
  }
  return 0;
}

double derivative(Unary op, double x, double y) {
  switch (op) {
    case Unary::Neg: return -1;
    case Unary::Exp: return y;
    case Unary::Log: return 1 / x;
    case Unary::Sqrt: return 0.5 / y;
    case Unary::Square: return 2 * x;
    case Unary::Abs: return x > 0 ? 1 : x < 0 ? -1 : 0;
    case Unary::Relu: return y > 0 ? 1 : 0;
    case Unary::Sigmoid: return y * (1 - y);
    case Unary::Tanh: return 1 - y * y;
    case Unary::Gelu:
      return 0.5 * (1 + std::erf(x / std::numbers::sqrt2)) +
             x * std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    case Unary::Swish: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case Unary::LogSigmoid: return sigmoid(-x);
  }
  return 0;
}

template <class T>
static T evaluate(Binary op, T a, T b) {
  switch (op) {
    case Binary::Add: return a + b;
    case Binary::Sub: return a - b;
    case Binary::Mul: return a * b;
    case Binary::Div: return a / b;
    case Binary::Pow: return std::pow(a, b);
    case Binary::Max: return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case Binary::Min: return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case Binary::Greater: return a > b;
    case Binary::GreaterEqual: return a >= b;
    case Binary::Less: return a < b;
    case Binary::LessEqual: return a <= b;
    case Binary::Equal: return a == b;
    case Binary::NotEqual: return a != b;
  }
  return 0;
}

void unary(Unary op, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "unary", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(out);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(evaluate(op, from[i]));
  });
}

void unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(x.dtype(), "unary_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), ys(y), from(grad_y), to(grad_x);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(from[i] * derivative(op, xs[i], ys[i]));
  });
}

void binary(Binary op, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_float(a.dtype(), "binary", [&](auto t) {
    using T = decltype(t);
    const Elements<T> left(a.expand(out.shape())), right(b.expand(out.shape())), to(out);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = evaluate<T>(op, left[i], right[i]);
  });
}

void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_float(out.dtype(), "where", [&](auto t) {
    using T = decltype(t);
    const Elements<T> chosen(condition.expand(out.shape())), left(a.expand(out.shape())), right(b.expand(out.shape()));
    const Elements<T> to(out);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = chosen[i] != 0 ? left[i] : right[i];
  });
}

void affine(double scale, double shift, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "affine", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(out);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(scale * from[i] + shift);
  });
}

void add_scaled(double scale, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "add_scaled", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(out);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(to[i] + scale * from[i]);
  });
}

}  // namespace seqrec::kernels::reference
