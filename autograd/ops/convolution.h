#pragma once

#include <vector>

#include "autograd/variable.h"
#include "kernels/convolution.h"

namespace seqrec::autograd {

/// Filters over the places of padded windows, each filter's maximum over where it may start: table [rows, width], for
/// each height filters [n, height, width]; [windows, n filters.size()], height by height. The gradient goes to the
/// first start that has the maximum (kernels/convolution.h).
Variable window_convolution_max(const Variable& table, const std::vector<Variable>& filters,
                                const kernels::PaddedWindows& windows);

}  // namespace seqrec::autograd
