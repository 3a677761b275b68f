#include "kernels/window.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  const Row from = row(logits);
  Row to(windows.entries());
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    to.segment(windows.offsets()[w], windows.length(w)) =
        softmax_rows(from.segment(windows.begin()[w], windows.length(w)));
  }
  write(weights, to);
}

void window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                             Tensor& grad_logits) {
  const Index &of_entry = windows.entry_windows(), &values = windows.entry_values();
  const Array a = column(weights), grad = column(grad_weights);
  const Array means = scatter(windows.size(), of_entry, a * grad);
  write(grad_logits, scatter(windows.values(), values, a * (grad - gather(means, of_entry))));
}

void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  const Array x = gather(gather(matrix(table), rows), windows.entry_values());
  write(out, scatter(windows.size(), windows.entry_windows(), x.colwise() * column(weights)));
}

void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  const Array x = gather(gather(matrix(table), rows), windows.entry_values());
  write(grad_weights, (x * gather(matrix(grad_out), windows.entry_windows())).rowwise().sum());
}

void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  const Array grad = gather(matrix(grad_out), windows.entry_windows()).colwise() * column(weights);
  write(grad_table, scatter(grad_table.size(0), rows, scatter(windows.values(), windows.entry_values(), grad)));
}

void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  Array sums = scatter(windows.size(), windows.entry_windows(), gather(matrix(values), windows.entry_values()));
  if (mean) sums.colwise() /= lengths(windows);
  write(out, sums);
}

void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  Array grad = matrix(grad_out);
  if (mean) grad.colwise() /= lengths(windows);
  write(grad_values, scatter(windows.values(), windows.entry_values(), gather(grad, windows.entry_windows())));
}

void window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  const Array x = matrix(values);
  Array tops = Array::Zero(out.size(0), out.size(1)), winners = tops - 1;
  for (std::int64_t e = 0; e < windows.entries(); ++e) {
    const std::int64_t w = windows.entry_windows()[e], v = windows.entry_values()[e];
    for (std::int64_t j = 0; j < x.cols(); ++j) {
      const bool first = winners(w, j) < 0;
      if (!first && !(x(v, j) > tops(w, j)) && !(std::isnan(x(v, j)) && !std::isnan(tops(w, j)))) continue;
      tops(w, j) = x(v, j);
      winners(w, j) = v;
    }
  }
  write(out, tops);
  write(argmax, winners);
}

void window_max_backward(const Tensor& grad_out, const Tensor& argmax, const Windows&, Tensor& grad_values) {
  const Array grad = matrix(grad_out);
  const Places winners = places(argmax);
  Array sums = Array::Zero(grad_values.size(0), grad_values.size(1));
  for (std::int64_t w = 0; w < grad.rows(); ++w)
    for (std::int64_t j = 0; j < grad.cols(); ++j)
      if (winners(w, j) >= 0) sums(winners(w, j), j) += grad(w, j);
  write(grad_values, sums);
}

void window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  const Array x = matrix(values);
  Array last = Array::Zero(windows.size(), x.cols());
  for (std::int64_t w = 0; w < windows.size(); ++w)
    if (windows.length(w) > 0) last.row(w) = x.row(windows.end()[w] - 1);
  write(out, last);
}

void window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  const Array grad = matrix(grad_out);
  Array sums = Array::Zero(grad_values.size(0), grad_values.size(1));
  for (std::int64_t w = 0; w < windows.size(); ++w)
    if (windows.length(w) > 0) sums.row(windows.end()[w] - 1) += grad.row(w);
  write(grad_values, sums);
}

}  // namespace seqrec::kernels::reference
