#pragma once

#include <cmath>

#include "kernels/op_codes.h"

/// Functions of one number, by the standard library.
namespace seqrec::kernels::reference {

/// 1 / (1 + exp(-x)), without overflow.
inline double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

double evaluate(Unary op, double x);
/// f'(x), from x and y = f(x).
double derivative(Unary op, double x, double y);

}  // namespace seqrec::kernels::reference
