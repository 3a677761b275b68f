#pragma once

#include "autograd/variable.h"
#include "kernels/elementwise.h"

namespace seqrec::autograd {

/// Arithmetic with broadcasting (numpy's rule), the operators a + b, a - b, a * b, a / b: a gradient is summed over
/// what was broadcast.
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);

/// scale x + shift.
Variable affine(const Variable& x, double scale, double shift = 0.0);
/// x to the power of p, as std::pow and PyTorch have it: 1 for p = 0; at x < 0, NaN unless p is whole; at 0, infinite
/// for p < 0. The gradient p x^(p - 1) at 0 is infinite for p < 1, but for p = 0, of which it is 0 everywhere.
Variable pow(const Variable& x, double p);

/// f(x), element by element.
Variable unary(kernels::Unary f, const Variable& x);
inline Variable neg(const Variable& x) { return unary(kernels::Unary::Neg, x); }
inline Variable exp(const Variable& x) { return unary(kernels::Unary::Exp, x); }
inline Variable log(const Variable& x) { return unary(kernels::Unary::Log, x); }
inline Variable sqrt(const Variable& x) { return unary(kernels::Unary::Sqrt, x); }
inline Variable square(const Variable& x) { return unary(kernels::Unary::Square, x); }
inline Variable sigmoid(const Variable& x) { return unary(kernels::Unary::Sigmoid, x); }
inline Variable tanh(const Variable& x) { return unary(kernels::Unary::Tanh, x); }
/// |x|; its gradient at 0 is 0.
inline Variable abs(const Variable& x) { return unary(kernels::Unary::Abs, x); }
/// max(x, 0); its gradient at 0 is 0.
inline Variable relu(const Variable& x) { return unary(kernels::Unary::Relu, x); }
/// x Phi(x), with erf (not the tanh approximation).
inline Variable gelu(const Variable& x) { return unary(kernels::Unary::Gelu, x); }
/// x sigmoid(x).
inline Variable swish(const Variable& x) { return unary(kernels::Unary::Swish, x); }
/// log(sigmoid(x)), stable for large |x|.
inline Variable log_sigmoid(const Variable& x) { return unary(kernels::Unary::LogSigmoid, x); }

inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
inline Variable operator-(const Variable& a, const Variable& b) { return sub(a, b); }
inline Variable operator*(const Variable& a, const Variable& b) { return mul(a, b); }
inline Variable operator/(const Variable& a, const Variable& b) { return div(a, b); }

// With numbers. Where x is f32 the number is rounded to it; x / a multiplies by 1 / a.
inline Variable operator-(const Variable& x) { return neg(x); }
inline Variable operator+(const Variable& x, double a) { return affine(x, 1, a); }
inline Variable operator+(double a, const Variable& x) { return affine(x, 1, a); }
inline Variable operator-(const Variable& x, double a) { return affine(x, 1, -a); }
inline Variable operator-(double a, const Variable& x) { return affine(x, -1, a); }
inline Variable operator*(const Variable& x, double a) { return affine(x, a); }
inline Variable operator*(double a, const Variable& x) { return affine(x, a); }
inline Variable operator/(const Variable& x, double a) { return affine(x, 1 / a); }
Variable operator/(double a, const Variable& x);

}  // namespace seqrec::autograd
