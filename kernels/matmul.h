#pragma once

#include "kernels/elementwise.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// out = alpha op(a) op(b) (or out += ...), where op transposes the last two dimensions if asked. Shapes after op:
/// a [..., m, k], b [..., k, n], out [..., m, n]; the leading (batch) dimensions are equal, or absent in a or b, which
/// is then used for every batch. Inputs are contiguous in their last two dimensions (rows may be padded).
SEQREC_KERNEL(matmul, const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write write,
              Tensor& out)

/// out = activation(x weight^T + bias), in the same pass; without an activation, the sum itself. x [rows, in], weight
/// [out, in], bias [out] (undefined: none), out [rows, out].
SEQREC_KERNEL(linear, const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out)

}  // namespace seqrec::kernels
