#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/op_codes.h"

/// Functions of one number, by the standard library.
namespace seqrec::kernels::reference {

inline double exp(double x) { return std::exp(x); }
inline double log(double x) { return std::log(x); }
inline double tanh(double x) { return std::tanh(x); }
/// 1 / (1 + exp(-x)), without overflow.
inline double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
/// log(1 + exp(x)), without overflow.
inline double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double evaluate(Unary op, double x);
/// f'(x), from x and y = f(x).
double derivative(Unary op, double x, double y);

}  // namespace seqrec::kernels::reference
