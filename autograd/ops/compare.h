#pragma once

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Comparisons, element by element with broadcasting: 1 where one holds, 0 elsewhere, in the operands' dtype, so
/// that the result multiplies, is summed (and so counted), and chooses in `where`. They are constants: no gradient goes
/// through them. A NaN is unequal to everything. As operators: a > b, x >= 0.5, ...
Variable greater(const Variable& a, const Variable& b);
Variable greater_equal(const Variable& a, const Variable& b);
Variable less(const Variable& a, const Variable& b);
Variable less_equal(const Variable& a, const Variable& b);
Variable equal(const Variable& a, const Variable& b);
Variable not_equal(const Variable& a, const Variable& b);

/// a where `condition` is not 0, b elsewhere, all three broadcast. The gradient goes to what was chosen: what wasn't
/// may be NaN or infinite and does no harm, forward nor backward. `condition` is a constant, of the dtype of a and b.
Variable where(const Variable& condition, const Variable& a, const Variable& b);
Variable where(const Variable& condition, const Variable& a, double b);
Variable where(const Variable& condition, double a, const Variable& b);

/// The larger (smaller) of both, with broadcasting; NaN where one is NaN. The gradient goes to it, of equal ones to a.
Variable maximum(const Variable& a, const Variable& b);
Variable minimum(const Variable& a, const Variable& b);

/// x, where it is within [low, high], else the nearer bound; NaN stays NaN. The gradient is that of x within the bounds
/// and on them, 0 outside. A bound may be infinite; ShapeError unless low <= high.
Variable clamp(const Variable& x, double low, double high);

/// A constant of no dimension, in the dtype and on the device of `like`: what a number beside a variable stands for.
Variable constant(double value, const Variable& like);

#define SEQREC_COMPARISON(symbol, name)                                                            \
  inline Variable operator symbol(const Variable& a, const Variable& b) { return name(a, b); }     \
  inline Variable operator symbol(const Variable& a, double b) { return name(a, constant(b, a)); } \
  inline Variable operator symbol(double a, const Variable& b) { return name(constant(a, b), b); }
SEQREC_COMPARISON(>, greater)
SEQREC_COMPARISON(>=, greater_equal)
SEQREC_COMPARISON(<, less)
SEQREC_COMPARISON(<=, less_equal)
SEQREC_COMPARISON(==, equal)
SEQREC_COMPARISON(!=, not_equal)
#undef SEQREC_COMPARISON

}  // namespace seqrec::autograd
