#pragma once

#include "autograd/variable.h"
#include "kernels/matmul.h"

namespace seqrec::autograd {

/// op(a) op(b), where op transposes the last two dimensions if asked: [..., m, k] x [..., k, n]. Leading (batch)
/// dimensions are equal, or absent in a or in b.
Variable matmul(const Variable& a, const Variable& b, bool transpose_a = false, bool transpose_b = false);

/// activation(x weight^T + bias): x [..., in], weight [out, in], bias [out] or undefined, result [..., out].
Variable linear(const Variable& x, const Variable& weight, const Variable& bias,
                kernels::Activation activation = std::nullopt);

}  // namespace seqrec::autograd
