#include "autograd/ops/window.h"

#include "kernels/copy.h"
#include "kernels/window.h"

namespace seqrec::autograd {
namespace {

Tensor empty(const Shape& shape, const Tensor& like) { return Tensor(shape, like.dtype(), like.device()); }

Shape by_window(const Variable& values, const Windows& windows, const char* op) {
  require<ShapeError>(values.value().rank() == 2, "[", op, "] expected values [values, width], got ", values.shape());
  return {windows.size(), values.shape()[1]};
}

Variable sum_or_mean(const Variable& values, const Windows& windows, bool mean) {
  const char* op = mean ? "window_mean" : "window_sum";
  const Tensor v = kernels::contiguous(values.value());
  Tensor out = empty(by_window(values, windows, op), v);
  kernels::window_sum(v, windows, mean, out);
  return record(op, {values}, out, [windows, mean, shape = values.shape()](Backward& b) {
    Tensor grad = empty(shape, b.grad());
    kernels::window_sum_backward(b.grad(), windows, mean, grad);
    b.give(0, grad);
  });
}

}  // namespace

Variable window_softmax(const Variable& logits, const Windows& windows) {
  Tensor weights = empty({windows.entries()}, logits.value());
  kernels::window_softmax(kernels::contiguous(logits.value()), windows, weights);
  return record("window_softmax", {logits}, weights, [weights, windows, shape = logits.shape()](Backward& b) {
    Tensor grad = empty(shape, weights);
    kernels::window_softmax_backward(weights, b.grad(), windows, grad);
    b.give(0, grad);
  });
}

Variable window_weighted_sum(const Variable& weights, const Variable& table, const Index& rows,
                             const Windows& windows) {
  const Tensor w = kernels::contiguous(weights.value()), t = kernels::contiguous(table.value());
  Tensor out = empty(by_window(table, windows, "window_weighted_sum"), t);
  kernels::window_weighted_sum(w, t, rows, windows, out);
  return record("window_weighted_sum", {weights, table}, out, [w, t, rows, windows](Backward& b) {
    if (b.needs(0)) {
      Tensor grad = empty_like(w);
      kernels::window_weighted_sum_backward_weights(b.grad(), t, rows, windows, grad);
      b.give(0, grad);
    }
    if (b.needs(1)) {
      Tensor grad = empty_like(t);
      kernels::window_weighted_sum_backward_table(b.grad(), w, rows, windows, grad);
      b.give(1, grad);
    }
  });
}

Variable window_sum(const Variable& values, const Windows& windows) { return sum_or_mean(values, windows, false); }
Variable window_mean(const Variable& values, const Windows& windows) { return sum_or_mean(values, windows, true); }

Variable window_max(const Variable& values, const Windows& windows) {
  const Tensor v = kernels::contiguous(values.value());
  Tensor out = empty(by_window(values, windows, "window_max"), v);
  Tensor argmax(out.shape(), DType::I32, out.device());
  kernels::window_max(v, windows, out, argmax);
  return record("window_max", {values}, out, [argmax, windows, shape = values.shape()](Backward& b) {
    Tensor grad = empty(shape, b.grad());
    kernels::window_max_backward(b.grad(), argmax, windows, grad);
    b.give(0, grad);
  });
}

Variable window_last(const Variable& values, const Windows& windows) {
  const Tensor v = kernels::contiguous(values.value());
  Tensor out = empty(by_window(values, windows, "window_last"), v);
  kernels::window_last(v, windows, out);
  return record("window_last", {values}, out, [windows, shape = values.shape()](Backward& b) {
    Tensor grad = empty(shape, b.grad());
    kernels::window_last_backward(b.grad(), windows, grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd
