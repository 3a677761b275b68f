#include "kernels/window.h"

#include "tests/kernels/window_cases.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

std::vector<WindowCase> cases() {
  return {{"no windows", Windows({}, {}, 5), 3, 2},
          {"no values", Windows({0, 0}, {0, 0}, 0), 3, 2},
          {"one value", Windows({0}, {1}, 1), 1, 1},
          {"random", random_windows(211, 97, 97, 1), 17, 13},
          {"short", random_windows(1025, 2003, 3, 2), 64, 211},
          {"long", random_windows(31, 5003, 5003, 3), 7, 31},
          {"prefixes", prefixes(37, 41, 20), 64, 97},
          {"wide", random_windows(53, 61, 31, 4), 257, 40},
          {"no columns", random_windows(5, 7, 3, 5), 0, 4},
          {"adjacent", Windows::adjacent({0, 3, 3, 10, 11}), 33, 5}};
}

}  // namespace

TEST_CASE("window softmax and its gradient") {
  for (const DType dtype : kFloats)
    for (const WindowCase& c : cases()) {
      INFO(c.name);
      const Tensor logits = random_tensor({c.windows.values()}, dtype, 1, 3);
      const Tensor grad = random_tensor({c.windows.entries()}, dtype, 2);
      Tensor weights({c.windows.entries()}, dtype);
      kernels::window_softmax(logits, c.windows, weights);
      check_parity({weights}, 16, [&](auto& r) { kernels::window_softmax(with_gaps(logits), c.windows, r[0]); });
      check_parity({logits}, 64, [&](auto& r) {
        kernels::window_softmax_backward(with_gaps(weights), with_gaps(grad), c.windows, r[0]);
      });
    }
}

TEST_CASE("window weighted sum and its gradients") {
  for (const DType dtype : kFloats)
    for (const WindowCase& c : cases()) {
      INFO(c.name);
      const Index rows = c.value_rows();
      const Tensor weights = random_tensor({c.windows.entries()}, dtype, 1);
      const Tensor table = random_tensor({c.rows, c.width}, dtype, 2);
      const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 3);
      check_parity({grad}, 64, [&](auto& r) {
        kernels::window_weighted_sum(with_gaps(weights), with_gaps(table), rows, c.windows, r[0]);
      });
      check_parity({weights}, 64, [&](auto& r) {
        kernels::window_weighted_sum_backward_weights(with_gaps(grad), with_gaps(table), rows, c.windows, r[0]);
      });
      check_parity({table}, 64, [&](auto& r) {
        kernels::window_weighted_sum_backward_table(with_gaps(grad), with_gaps(weights), rows, c.windows, r[0]);
      });
    }
}

TEST_CASE("window sum, mean, maximum and last, and their gradients") {
  for (const DType dtype : kFloats)
    for (const WindowCase& c : cases()) {
      INFO(c.name);
      const Tensor values = random_tensor({c.windows.values(), c.width}, dtype, 1);
      const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 2);
      for (const bool mean : {false, true}) {
        check_parity({grad}, 64, [&](auto& r) { kernels::window_sum(with_gaps(values), c.windows, mean, r[0]); });
        check_parity({values}, 64,
                     [&](auto& r) { kernels::window_sum_backward(with_gaps(grad), c.windows, mean, r[0]); });
      }
      Tensor out = empty_like(grad), argmax({c.windows.size(), c.width}, DType::I32);
      kernels::window_max(values, c.windows, out, argmax);
      check_parity({out, argmax}, 0, [&](auto& r) { kernels::window_max(with_gaps(values), c.windows, r[0], r[1]); });
      check_parity({values}, 64,
                   [&](auto& r) { kernels::window_max_backward(with_gaps(grad), with_gaps(argmax), c.windows, r[0]); });
      check_parity({grad}, 0, [&](auto& r) { kernels::window_last(with_gaps(values), c.windows, r[0]); });
      check_parity({values}, 64, [&](auto& r) { kernels::window_last_backward(with_gaps(grad), c.windows, r[0]); });
    }
}

TEST_CASE("window maximum takes the first of equal values and shows NaN") {
  const Tensor values = Tensor::from<float>({1, 5, 5, 2, 7, NAN, 3, 9}, {4, 2});
  const Windows windows({0, 0, 2}, {2, 4, 2}, 4);
  check_parity({Tensor({3, 2}), Tensor({3, 2}, DType::I32)}, 0,
               [&](auto& r) { kernels::window_max(values, windows, r[0], r[1]); });
  Tensor out({3, 2}), argmax({3, 2}, DType::I32);
  kernels::window_max(values, windows, out, argmax);
  CHECK(argmax.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 0, 2, 2, -1, -1});
}

TEST_CASE("window kernels refuse what doesn't fit") {
  const Windows windows({0, 1}, {2, 3}, 3);
  const Index rows({0, 1, 0});
  Tensor by_value({3}), by_entry({4}), values({3, 5}), by_window({2, 5}), table({2, 5}), argmax({2, 5}, DType::I32);
  const auto expect = [&](const char* text, auto call) { CHECK(message_of(call) == text); };
  expect("[window_softmax] logits: expected (3), got (4)",
         [&] { kernels::window_softmax(by_entry, windows, by_entry); });
  expect("[window_softmax_backward] grad_weights: expected (4), got (3)",
         [&] { kernels::window_softmax_backward(by_entry, by_value, windows, by_value); });
  expect("[window_weighted_sum] weights: expected (4), got (3)",
         [&] { kernels::window_weighted_sum(by_value, table, rows, windows, by_window); });
  expect("[window_weighted_sum] rows: expected 3 ids, got 2", [&] {
    kernels::window_weighted_sum(by_entry, table, Index({0, 1}), windows, by_window);
  });
  expect("[window_weighted_sum_backward_weights] grad_out: expected (2, 5), got (3, 5)",
         [&] { kernels::window_weighted_sum_backward_weights(values, table, rows, windows, by_entry); });
  expect("[window_weighted_sum_backward_table] rows: expected ids below 2, got 2", [&] {
    kernels::window_weighted_sum_backward_table(by_window, by_entry, Index({0, 2, 1}), windows, table);
  });
  expect("[window_sum] values: expected (3, 5), got (2, 5)",
         [&] { kernels::window_sum(by_window, windows, false, by_window); });
  expect("[window_sum_backward] grad_out: expected (2, 5), got (3, 5)",
         [&] { kernels::window_sum_backward(values, windows, true, values); });
  expect("[window_max] argmax: expected i32, got f32",
         [&] { kernels::window_max(values, windows, by_window, by_window); });
  expect("[window_max_backward] argmax: expected (2, 5), got (3, 5)", [&] {
    kernels::window_max_backward(by_window, Tensor({3, 5}, DType::I32), windows, values);
  });
  expect("[window_max_backward] grad_values: expected (3, 5), got (2, 5)",
         [&] { kernels::window_max_backward(by_window, argmax, windows, table); });
  expect("[window_last] values: expected 2 dimensions, got (3)",
         [&] { kernels::window_last(by_value, windows, by_window); });
  expect("[window_last_backward] grad_out: expected (2, 5), got (3, 5)",
         [&] { kernels::window_last_backward(values, windows, values); });
}
