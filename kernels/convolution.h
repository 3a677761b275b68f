#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Windows of at most `length` values, each padded on the right to `length` places: place j of window w shows row
/// rows[begin[w] + j] of a table, and row `padding` from the window's end on.
struct PaddedWindows {
  Windows windows;
  Index rows;  ///< [values]
  std::int64_t length = 0;
  std::int64_t padding = 0;
};

/// A convolution over the places of windows and the maximum over where it may start, for filters that look at `height`
/// places at once. What a row of the table gives to each tap is multiplied out before, once per row however many
/// windows show it: taps [rows, height, filters].
///
/// out[w] = maximum over the starts i = 0 .. length - height of the sum over t < height of taps[row of place i + t][t],
/// by filter: [windows, filters]; argmax (i32, of the same shape) the first start that has it.
SEQREC_KERNEL(window_tap_max, const Tensor& taps, const PaddedWindows& windows, Tensor& out, Tensor& argmax)
/// grad_taps[row of place argmax[w][f] + t][t][f] += grad_out[w][f] for every w, f and t < height; every element of
/// grad_taps is written.
SEQREC_KERNEL(window_tap_max_backward, const Tensor& grad_out, const Tensor& argmax, const PaddedWindows& windows,
              Tensor& grad_taps)

}  // namespace seqrec::kernels
