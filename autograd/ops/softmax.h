#pragma once

#include "autograd/variable.h"

namespace seqrec::autograd {

/// Over the last axis.
Variable softmax(const Variable& x);
Variable log_softmax(const Variable& x);

}  // namespace seqrec::autograd
