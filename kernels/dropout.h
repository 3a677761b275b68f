#pragma once

#include "core/random.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// y[i] = x[i] / (1 - p) where to_uniform(stream.at(offset + i)) >= p, else 0; i counts in row-major order. 0 <= p < 1.
/// Its own backward: grad_x is dropout of grad_y with the same numbers. y may be x.
SEQREC_KERNEL(dropout, const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y)

}  // namespace seqrec::kernels
