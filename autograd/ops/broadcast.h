#pragma once

#include "kernels/elementwise.h"

/// What operations with broadcasting share.
namespace seqrec::autograd {

/// a (op) b.
Tensor binary(kernels::Binary op, const Tensor& a, const Tensor& b);
/// a where `condition` is not 0, b elsewhere.
Tensor choose(const Tensor& condition, const Tensor& a, const Tensor& b);
/// A number of the dtype, on the device, of `like`.
Tensor number(double value, const Tensor& like);
/// The gradient of an operand of this shape, from that of the result: summed over what was broadcast.
Tensor unbroadcast(const Tensor& grad, const Shape& shape);

}  // namespace seqrec::autograd
