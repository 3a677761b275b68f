#pragma once

#include "autograd/variable.h"
#include "core/random.h"

namespace seqrec::autograd {

/// Zeroes elements with probability p and scales the others by 1 / (1 - p). Element i uses number offset + i of the
/// stream, forward and backward: no mask is kept. 0 <= p < 1.
Variable dropout(const Variable& x, double p, RandomStream stream, std::uint64_t offset);

}  // namespace seqrec::autograd
