#pragma once

#include "autograd/variable.h"
#include "kernels/convolution.h"

namespace seqrec::autograd {

/// A convolution over padded windows and its maximum over where it may start: taps [rows, height, filters], what each
/// row of a table gives to each tap; [windows, filters] (kernels/convolution.h). The gradient goes to the first start
/// that has the maximum.
Variable window_tap_max(const Variable& taps, const kernels::PaddedWindows& windows);

}  // namespace seqrec::autograd
