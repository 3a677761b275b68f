#pragma once

#include <cstdint>
#include <vector>

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Another shape over the same elements (copied if the strides don't allow a view); one size may be -1.
Variable reshape(const Variable& x, Shape shape);
/// A view with two axes exchanged.
Variable transpose(const Variable& x, int axis_a, int axis_b);
/// A view of the elements [begin, end) of an axis.
Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end);
/// A view of x broadcast to a larger shape.
Variable expand(const Variable& x, Shape shape);
/// The parts one after the other along an axis; sizes are equal elsewhere.
Variable concat(const std::vector<Variable>& parts, int axis);
/// Parts of one shape along a new axis, which may be counted from the end: n parts [a, b] on axis 1 are [a, n, b].
Variable stack(const std::vector<Variable>& parts, int axis);
/// Pieces of the given sizes along an axis, which they must fill: the inverse of concat.
std::vector<Variable> split(const Variable& x, int axis, const std::vector<std::int64_t>& sizes);

}  // namespace seqrec::autograd
