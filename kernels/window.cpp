#include "kernels/window.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  const Arguments arguments{"window_softmax"};
  arguments.floating("logits", logits);
  arguments.input("logits", logits, {windows.values()}, logits.dtype());
  arguments.result("weights", weights, {windows.entries()}, logits.dtype());
}

void check::window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                                    Tensor& grad_logits) {
  const Arguments arguments{"window_softmax_backward"};
  arguments.floating("weights", weights);
  arguments.input("weights", weights, {windows.entries()}, weights.dtype());
  arguments.input("grad_weights", grad_weights, {windows.entries()}, weights.dtype());
  arguments.result("grad_logits", grad_logits, {windows.values()}, weights.dtype());
}

void check::window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                                Tensor& out) {
  const Arguments arguments{"window_weighted_sum"};
  arguments.floating("table", table);
  arguments.rank("table", table, 2);
  arguments.input("weights", weights, {windows.entries()}, table.dtype());
  arguments.ids("rows", rows, windows.values(), table.size(0));
  arguments.result("out", out, {windows.size(), table.size(1)}, table.dtype());
}

void check::window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                                 const Windows& windows, Tensor& grad_weights) {
  const Arguments arguments{"window_weighted_sum_backward_weights"};
  arguments.floating("table", table);
  arguments.rank("table", table, 2);
  arguments.input("grad_out", grad_out, {windows.size(), table.size(1)}, table.dtype());
  arguments.ids("rows", rows, windows.values(), table.size(0));
  arguments.result("grad_weights", grad_weights, {windows.entries()}, table.dtype());
}

void check::window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                               const Windows& windows, Tensor& grad_table) {
  const Arguments arguments{"window_weighted_sum_backward_table"};
  arguments.floating("grad_out", grad_out);
  arguments.rank("grad_table", grad_table, 2);
  arguments.input("grad_out", grad_out, {windows.size(), grad_table.size(1)}, grad_out.dtype());
  arguments.input("weights", weights, {windows.entries()}, grad_out.dtype());
  arguments.ids("rows", rows, windows.values(), grad_table.size(0));
  arguments.result("grad_table", grad_table, grad_table.shape(), grad_out.dtype());
}

// values [values, width] and what stands for each window.
static void check_reduction(const char* op, const char* values_name, const Tensor& values, const char* out_name,
                            const Tensor& out, const Windows& windows) {
  const Arguments arguments{op};
  arguments.floating(values_name, values);
  arguments.rank(values_name, values, 2);
  arguments.input(values_name, values, {windows.values(), values.size(1)}, values.dtype());
  arguments.input(out_name, out, {windows.size(), values.size(1)}, values.dtype());
}

void check::window_sum(const Tensor& values, const Windows& windows, bool, Tensor& out) {
  check_reduction("window_sum", "values", values, "out", out, windows);
  Arguments{"window_sum"}.contiguous("out", out);
}

void check::window_sum_backward(const Tensor& grad_out, const Windows& windows, bool, Tensor& grad_values) {
  check_reduction("window_sum_backward", "grad_values", grad_values, "grad_out", grad_out, windows);
  Arguments{"window_sum_backward"}.contiguous("grad_values", grad_values);
}

void check::window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  check_reduction("window_max", "values", values, "out", out, windows);
  Arguments{"window_max"}.contiguous("out", out);
  Arguments{"window_max"}.result("argmax", argmax, out.shape(), DType::I32);
}

void check::window_max_backward(const Tensor& grad_out, const Tensor& argmax, const Windows& windows,
                                Tensor& grad_values) {
  check_reduction("window_max_backward", "grad_values", grad_values, "grad_out", grad_out, windows);
  Arguments{"window_max_backward"}.input("argmax", argmax, grad_out.shape(), DType::I32);
  Arguments{"window_max_backward"}.contiguous("grad_values", grad_values);
}

void check::window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  check_reduction("window_last", "values", values, "out", out, windows);
  Arguments{"window_last"}.contiguous("out", out);
}

void check::window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  check_reduction("window_last_backward", "grad_values", grad_values, "grad_out", grad_out, windows);
  Arguments{"window_last_backward"}.contiguous("grad_values", grad_values);
}

}  // namespace seqrec::kernels
