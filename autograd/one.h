#pragma once

#include "core/tensor.h"

namespace seqrec::autograd {

/// The gradient of every loss: 1, made once per dtype and device, and never written to.
const Tensor& one(DType dtype, Device device);
/// Whether a gradient is that: then there is nothing to multiply by. Who adds to a gradient takes memory of its own
/// where others hold it, so what shares this memory is 1.
bool is_one(const Tensor& grad);

}  // namespace seqrec::autograd
