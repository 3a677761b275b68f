#include "kernels/elementwise.h"

#include <cmath>
#include <numbers>

#include "kernels/cpu/reference/arrays.h"

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
    case Unary::LogSigmoid: return -softplus(-x);
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

static double evaluate(Binary op, double a, double b) {
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
  write(out, matrix(x).unaryExpr([op](double element) { return evaluate(op, element); }));
}

void unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  const auto slope = [op](double a, double b) { return derivative(op, a, b); };
  write(grad_x, matrix(grad_y) * matrix(x).binaryExpr(matrix(y), slope));
}

void binary(Binary op, const Tensor& a, const Tensor& b, Tensor& out) {
  const auto function = [op](double left, double right) { return evaluate(op, left, right); };
  write(out, matrix(a.expand(out.shape())).binaryExpr(matrix(b.expand(out.shape())), function));
}

void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out) {
  const auto whole = [&](const Tensor& x) { return matrix(x.expand(out.shape())); };
  write(out, (whole(condition) != 0).select(whole(a), whole(b)));
}

void affine(double scale, double shift, const Tensor& x, Tensor& out) { write(out, scale * matrix(x) + shift); }

void add_scaled(double scale, const Tensor& x, Tensor& out) { write(out, matrix(out) + scale * matrix(x)); }

}  // namespace seqrec::kernels::reference
