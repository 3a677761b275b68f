#include "kernels/convolution.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// The table's row at place j of window w.
static std::int64_t row_at(const PaddedWindows& windows, std::int64_t w, std::int64_t j) {
  return j < windows.windows.length(w) ? windows.rows[windows.windows.begin()[w] + j] : windows.padding;
}

void window_tap_max(const Tensor& taps, const PaddedWindows& windows, Tensor& out, Tensor& argmax) {
  visit_float(taps.dtype(), "window_tap_max", [&](auto zero) {
    using T = decltype(zero);
    const Elements<T> from(taps), to(out);
    const Elements<std::int32_t> starts(argmax);
    for (std::int64_t w = 0; w < windows.windows.size(); ++w)
      for (std::int64_t f = 0; f < taps.size(2); ++f)
        for (std::int64_t i = 0; i + taps.size(1) <= windows.length; ++i) {
          double sum = 0;
          for (std::int64_t t = 0; t < taps.size(1); ++t) sum += from(row_at(windows, w, i + t), t, f);
          const T value = static_cast<T>(sum);
          if (i > 0 && !(value > to(w, f)) && !(std::isnan(value) && !std::isnan(to(w, f)))) continue;
          to(w, f) = value;
          starts(w, f) = static_cast<std::int32_t>(i);
        }
  });
}

void window_tap_max_backward(const Tensor& grad_out, const Tensor& argmax, const PaddedWindows& windows,
                             Tensor& grad_taps) {
  visit_float(grad_out.dtype(), "window_tap_max_backward", [&](auto zero) {
    using T = decltype(zero);
    const Elements<T> from(grad_out), to(grad_taps);
    const Elements<std::int32_t> starts(argmax);
    const std::int64_t height = grad_taps.size(1), filters = grad_taps.size(2);
    std::vector<double> sums(grad_taps.numel());
    for (std::int64_t w = 0; w < windows.windows.size(); ++w)
      for (std::int64_t f = 0; f < filters; ++f)
        for (std::int64_t t = 0; t < height; ++t)
          sums[(row_at(windows, w, starts(w, f) + t) * height + t) * filters + f] += from(w, f);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(sums[i]);
  });
}

}  // namespace seqrec::kernels::reference
