#pragma once

#include "autograd/variable.h"
#include "kernels/convolution.h"

namespace seqrec::autograd {

/// Filters over the places of padded windows, each filter's maximum over where it may start: table [rows, width],
/// weight [filters, height, width]; [windows, filters]. The place's rows and the filter's taps are multiplied once per
/// row (kernels/convolution.h); the gradient goes to the first start that has the maximum.
Variable window_convolution_max(const Variable& table, const Variable& weight, const kernels::PaddedWindows& windows);

}  // namespace seqrec::autograd
