#pragma once

#include "autograd/variable.h"
#include "kernels/elementwise.h"

namespace seqrec::autograd {

// Arithmetic with broadcasting (numpy's rule): a gradient is summed over what was broadcast.
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);

/// scale x + shift.
Variable affine(const Variable& x, double scale, double shift = 0.0);

Variable neg(const Variable& x);
Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable sqrt(const Variable& x);
Variable square(const Variable& x);
Variable relu(const Variable& x);
Variable sigmoid(const Variable& x);
Variable tanh(const Variable& x);
/// x Phi(x), with erf (not the tanh approximation).
Variable gelu(const Variable& x);
/// x sigmoid(x).
Variable swish(const Variable& x);
/// log(sigmoid(x)), stable for large |x|.
Variable log_sigmoid(const Variable& x);

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
