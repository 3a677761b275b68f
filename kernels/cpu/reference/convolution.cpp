#include "kernels/convolution.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

// The table's row at place j of window w.
std::int64_t row_at(const PaddedWindows& windows, std::int64_t w, std::int64_t j) {
  return j < windows.windows.length(w) ? windows.rows[windows.windows.begin()[w] + j] : windows.padding;
}

// [height n, width]: tap by tap, the filters.
Array by_tap(const Tensor& filters) { return matrix(filters.transpose(0, 1)); }

// What each row of the table gives to each tap: [rows height, n].
Array taps_of(const Tensor& table, const Tensor& filters) {
  return product(matrix(table), by_tap(filters).transpose())
      .reshaped<Eigen::RowMajor>(table.size(0) * filters.size(1), filters.size(0));
}

}  // namespace

void window_convolution_max(const Tensor& table, const std::vector<Tensor>& filters, const PaddedWindows& windows,
                            Tensor& out, Tensor& argmax) {
  Array best = Array::Zero(out.size(0), out.size(1)), starts = best;
  std::int64_t column = 0;
  for (const Tensor& of_height : filters) {
    const std::int64_t height = of_height.size(1), n = of_height.size(0);
    const Array taps = taps_of(table, of_height);
    for (std::int64_t w = 0; w < windows.windows.size(); ++w)
      for (std::int64_t i = 0; i + height <= windows.length; ++i) {
        Row sums = Row::Zero(n);
        for (std::int64_t t = 0; t < height; ++t) sums += taps.row(row_at(windows, w, i + t) * height + t);
        for (std::int64_t f = 0; f < n; ++f) {
          const double value = rounded(sums(f), table.dtype());  // what rounds to the same is the same
          double& most = best(w, column + f);
          if (i > 0 && !(value > most) && !(std::isnan(value) && !std::isnan(most))) continue;
          most = value;
          starts(w, column + f) = i;
        }
      }
    column += n;
  }
  write(out, best);
  write(argmax, starts);
}

void window_convolution_max_backward(const Tensor& grad_out, const Tensor& argmax, const Tensor& table,
                                     const std::vector<Tensor>& filters, const PaddedWindows& windows,
                                     Tensor& grad_table, const std::vector<Tensor>& grad_filters) {
  const Array from = matrix(grad_out), x = matrix(table);
  const Places starts = places(argmax);
  Array of_table = Array::Zero(x.rows(), x.cols());
  std::int64_t column = 0;
  for (std::size_t k = 0; k < filters.size(); ++k) {
    const std::int64_t height = filters[k].size(1), n = filters[k].size(0);
    Array taps = Array::Zero(x.rows(), height * n);
    for (std::int64_t w = 0; w < windows.windows.size(); ++w)
      for (std::int64_t f = 0; f < n; ++f)
        for (std::int64_t t = 0; t < height; ++t)
          taps(row_at(windows, w, starts(w, column + f) + t), t * n + f) += from(w, column + f);
    of_table += product(taps, by_tap(filters[k]));
    if (!grad_filters.empty()) write(grad_filters[k].transpose(0, 1), product(taps.transpose(), x));
    column += n;
  }
  if (grad_table.defined()) write(grad_table, of_table);
}

}  // namespace seqrec::kernels::reference
