#include "kernels/window.h"

#include "tests/cuda/windows.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: window softmax and its gradient") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor logits = random_tensor({c.windows.values()}, dtype, 1, 3);
    const Tensor grad = random_tensor({c.windows.entries()}, dtype, 2);
    Tensor weights({c.windows.entries()}, dtype);
    window_softmax(logits, c.windows, weights);
    check_kernel(how, {weights}, [&](auto move, auto& r) { window_softmax(move(logits), c.windows, r[0]); });
    check_kernel(how, {logits},
                 [&](auto move, auto& r) { window_softmax_backward(move(weights), move(grad), c.windows, r[0]); });
  });
}

TEST_CASE("cuda: window weighted sum and its gradients") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Index rows = c.value_rows();
    const Tensor weights = random_tensor({c.windows.entries()}, dtype, 1);
    const Tensor table = random_tensor({c.rows, c.width}, dtype, 2);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 3);
    check_kernel(how, {grad},
                 [&](auto move, auto& r) { window_weighted_sum(move(weights), move(table), rows, c.windows, r[0]); });
    check_kernel(how, {weights}, [&](auto move, auto& r) {
      window_weighted_sum_backward_weights(move(grad), move(table), rows, c.windows, r[0]);
    });
    check_kernel(how, {table}, [&](auto move, auto& r) {
      window_weighted_sum_backward_table(move(grad), move(weights), rows, c.windows, r[0]);
    });
  });
}

TEST_CASE("cuda: window sum and mean, and their gradients") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor values = random_tensor({c.windows.values(), c.width}, dtype, 1);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 2);
    for (const bool mean : {false, true}) {
      check_kernel(how, {grad}, [&](auto move, auto& r) { window_sum(move(values), c.windows, mean, r[0]); });
      check_kernel(how, {values}, [&](auto move, auto& r) { window_sum_backward(move(grad), c.windows, mean, r[0]); });
    }
  });
}

TEST_CASE("cuda: window maximum and last, and their gradients") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor values = random_tensor({c.windows.values(), c.width}, dtype, 1);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 2);
    Tensor out = empty_like(grad), argmax(grad.shape(), DType::I32);
    window_max(values, c.windows, out, argmax);
    check_kernel(how, {out, argmax}, [&](auto move, auto& r) { window_max(move(values), c.windows, r[0], r[1]); });
    check_kernel(how, {values},
                 [&](auto move, auto& r) { window_max_backward(move(grad), move(argmax), c.windows, r[0]); });
    check_kernel(how, {grad}, [&](auto move, auto& r) { window_last(move(values), c.windows, r[0]); });
    check_kernel(how, {values}, [&](auto move, auto& r) { window_last_backward(move(grad), c.windows, r[0]); });
  });
}

TEST_CASE("cuda: window maximum takes the first of equal values and shows NaN") {
  if (!has_gpu()) return;
  const Tensor values = Tensor::from<float>({1, 5, 5, 2, 7, NAN, 3, 9}, {4, 2});
  const Windows windows({0, 0, 2}, {2, 4, 2}, 4);
  check_kernel(Check::Thoroughly, {Tensor({3, 2}), Tensor({3, 2}, DType::I32)},
               [&](auto move, auto& r) { window_max(move(values), windows, r[0], r[1]); });
}

TEST_CASE("cuda: window softmax of infinities and NaN") {
  if (!has_gpu()) return;
  const Tensor logits = Tensor::from<float>({1, -INFINITY, 2, NAN, 3, 1e30f, -1e30f}, {7});
  const Windows windows({0, 2, 4}, {3, 5, 7}, 7);
  check_kernel(Check::Thoroughly, {Tensor({windows.entries()})},
               [&](auto move, auto& r) { window_softmax(move(logits), windows, r[0]); });
}
