#include "kernels/copy.h"
#include "kernels/cuda/segments.h"
#include "kernels/cuda/window_dots.h"
#include "kernels/cuda/window_sums.h"
#include "kernels/window.h"

namespace seqrec::kernels::cuda {

void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  const Device device = out.device();
  const Tensor factors = contiguous(weights), source = contiguous(table);
  visit_float(out.dtype(), "window_weighted_sum", [&](auto t) {
    using T = decltype(t);
    const EntryTerms<T> terms{source.data<T>(),
                              factors.data<T>(),
                              rows.on(device).data<std::int32_t>(),
                              WindowEntries(windows, device),
                              table.size(1),
                              false};
    sum_lists<T>(windows.offsets_on(device), windows.entries(), terms, is_packable(source), out);
  });
}

void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  visit_float(table.dtype(), "window_weighted_sum_backward_weights", [&](auto t) {
    using T = decltype(t);
    window_dots<T>(contiguous(grad_out), contiguous(table), rows, windows, Products<T>{}, true, grad_weights);
  });
}

// Where windows overlap by value first, over the windows that hold it, then by row, over its values: the second sum is
// evenly spread however many values are the same row.
void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  const Device device = grad_table.device();
  const Tensor grads = contiguous(grad_out), factors = contiguous(weights);
  const std::int64_t width = grad_table.size(1);
  visit_float(grads.dtype(), "window_weighted_sum_backward_table", [&](auto t) {
    using T = decltype(t);
    if (windows.is_adjacent())
      return sum_groups<T>(rows, grads, windows.entry_windows().on(device), factors, true, grad_table);
    Tensor by_value({windows.values(), width}, grads.dtype(), device);
    const HolderTerms<T> terms{
        grads.data<T>(), factors.data<T>(), holders_on(windows, device), WindowEntries(windows, device), width, false};
    sum_holders<T>(windows, terms, is_packable(grads), by_value);
    sum_groups<T>(rows, by_value, {}, {}, true, grad_table);
  });
}

void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  const Device device = out.device();
  const Tensor source = contiguous(values);
  visit_float(values.dtype(), "window_sum", [&](auto t) {
    using T = decltype(t);
    const EntryTerms<T> terms{source.data<T>(), nullptr, nullptr, WindowEntries(windows, device), values.size(1), mean};
    sum_lists<T>(windows.offsets_on(device), windows.entries(), terms, is_packable(source), out);
  });
}

void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  const Device device = grad_values.device();
  const Tensor grads = contiguous(grad_out);
  visit_float(grads.dtype(), "window_sum_backward", [&](auto t) {
    using T = decltype(t);
    const HolderTerms<T> terms{grads.data<T>(), nullptr, holders_on(windows, device), WindowEntries(windows, device),
                               grads.size(1),   mean};
    sum_holders<T>(windows, terms, is_packable(grads), grad_values);
  });
}

}  // namespace seqrec::kernels::cuda
