#pragma once

#include <vector>

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

  template <class F>
  void for_each(F f) const {
    f(windows), f(rows);
  }
};

/// A convolution over the places of windows, with filters of several heights, and each filter's maximum over where it
/// may start: table [rows, width], and for each height filters [n, height, width] that look at so many places at once,
/// n the same for all.
///
/// out[w][k n + f] = maximum over the starts i = 0 .. length - height of the sum over t < height of
/// filters[k][f][t] . table[row of place i + t]: [windows, n filters.size()]; argmax (i32, of the same shape) the first
/// start that has it. What a row gives to each tap (t of a filter) is multiplied out once per row, however many windows
/// show it, for as many heights at a time as the device has memory near by.
SEQREC_KERNEL(window_convolution_max, const Tensor& table, const std::vector<Tensor>& filters,
              const PaddedWindows& windows, Tensor& out, Tensor& argmax)
/// With the row r of place argmax[w][k n + f] + t: grad_table[r] += grad_out[w][k n + f] filters[k][f][t] and
/// grad_filters[k][f][t] += grad_out[w][k n + f] table[r], for every w, k, f and t < height. All of both is written; an
/// undefined grad_table or an empty list isn't asked for.
SEQREC_KERNEL(window_convolution_max_backward, const Tensor& grad_out, const Tensor& argmax, const Tensor& table,
              const std::vector<Tensor>& filters, const PaddedWindows& windows, Tensor& grad_table,
              const std::vector<Tensor>& grad_filters)

}  // namespace seqrec::kernels
