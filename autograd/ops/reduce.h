#pragma once

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Sum (mean) of all elements, a scalar of shape (). The mean of nothing is an error.
Variable sum(const Variable& x);
Variable mean(const Variable& x);
/// Sum (mean) over one axis, which disappears.
Variable sum(const Variable& x, int axis);
Variable mean(const Variable& x, int axis);
/// Maximum (minimum) of all elements, a scalar, or over one axis, which disappears. The gradient goes to the first
/// place of it; a NaN is the largest and the smallest. ShapeError over nothing.
Variable max(const Variable& x);
Variable min(const Variable& x);
Variable max(const Variable& x, int axis);
Variable min(const Variable& x, int axis);
/// Maximum over the last axis, which disappears; the gradient goes to the first place of it.
Variable max_last(const Variable& x);
/// Euclidean norm of all elements (not squared), a scalar; its gradient at 0 is 0 (as PyTorch's).
Variable l2_norm(const Variable& x);
/// The sum of the norms of several, a scalar: as w l2_norm(a) + v l2_norm(b) + ..., all weights 1 without any, in few
/// launches on a device. UsageError of none.
Variable sum_of_norms(const std::vector<Variable>& xs, std::vector<double> weights = {});

}  // namespace seqrec::autograd
