#pragma once

#include <optional>

#include "kernels/kernel.h"
#include "kernels/op_codes.h"

namespace seqrec::kernels {

/// What a layer ends in; none: its sums as they are.
using Activation = std::optional<Unary>;

const char* name_of(Unary op);
const char* name_of(Binary op);

/// Whether f'(x) is a function of y = f(x) alone; unary_backward then doesn't look at x.
bool derivative_follows_from_value(Unary op);

/// out = f(x), same shape. `out` may be `x`.
SEQREC_KERNEL(unary, Unary op, const Tensor& x, Tensor& out)

/// grad_x = grad_y f'(x), with x and y = f(x). All of one shape; grad_x may be grad_y.
SEQREC_KERNEL(unary_backward, Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x)

/// out = a (op) b, broadcast (numpy's rule) to out's shape. `out` may be an operand of its shape.
SEQREC_KERNEL(binary, Binary op, const Tensor& a, const Tensor& b, Tensor& out)

/// out = a where `condition` is not 0, b elsewhere, broadcast to out's shape; what isn't chosen may be NaN. `out` may
/// be an operand of its shape.
SEQREC_KERNEL(where, const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out)

/// out = scale * x + shift, same shape. `out` may be `x`.
SEQREC_KERNEL(affine, double scale, double shift, const Tensor& x, Tensor& out)

/// out += scale * x, same shape.
SEQREC_KERNEL(add_scaled, double scale, const Tensor& x, Tensor& out)

}  // namespace seqrec::kernels
