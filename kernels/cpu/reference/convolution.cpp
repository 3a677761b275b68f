#include "kernels/convolution.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

// The table's row at place j of window w.
static std::int64_t row_at(const PaddedWindows& windows, std::int64_t w, std::int64_t j) {
  return j < windows.windows.length(w) ? windows.rows[windows.windows.begin()[w] + j] : windows.padding;
}

void window_tap_max(const Tensor& taps, const PaddedWindows& windows, Tensor& out, Tensor& argmax) {
  const std::int64_t height = taps.size(1), filters = taps.size(2);
  const Array from = matrix(taps);
  Array best(out.size(0), filters), starts = Array::Zero(out.size(0), filters);
  for (std::int64_t w = 0; w < windows.windows.size(); ++w)
    for (std::int64_t i = 0; i + height <= windows.length; ++i) {
      Row sums = Row::Zero(filters);
      for (std::int64_t t = 0; t < height; ++t) sums += from.row(row_at(windows, w, i + t) * height + t);
      for (std::int64_t f = 0; f < filters; ++f) {
        const double value = rounded(sums(f), taps.dtype());  // what rounds to the same is the same
        if (i > 0 && !(value > best(w, f)) && !(std::isnan(value) && !std::isnan(best(w, f)))) continue;
        best(w, f) = value;
        starts(w, f) = i;
      }
    }
  write(out, best);
  write(argmax, starts);
}

void window_tap_max_backward(const Tensor& grad_out, const Tensor& argmax, const PaddedWindows& windows,
                             Tensor& grad_taps) {
  const std::int64_t height = grad_taps.size(1), filters = grad_taps.size(2);
  const Array from = matrix(grad_out);
  const Places starts = places(argmax);
  Array sums = Array::Zero(grad_taps.size(0) * height, filters);
  for (std::int64_t w = 0; w < windows.windows.size(); ++w)
    for (std::int64_t f = 0; f < filters; ++f)
      for (std::int64_t t = 0; t < height; ++t)
        sums(row_at(windows, w, starts(w, f) + t) * height + t, f) += from(w, f);
  write(grad_taps, sums);
}

}  // namespace seqrec::kernels::reference
