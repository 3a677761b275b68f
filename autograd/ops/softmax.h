#pragma once

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Softmax (its logarithm) over the last axis: x [..., width], of x's shape.
Variable softmax(const Variable& x);
Variable log_softmax(const Variable& x);

}  // namespace seqrec::autograd
