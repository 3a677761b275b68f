#include "tests/kernels/convolution_cases.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("the maximum of a convolution over padded windows is at the first start that has it") {
  for (const DType dtype : kFloats)
    for (const ConvolutionCase& c : convolution_cases()) {
      CAPTURE(c.windows.windows.size());
      const Tensor table = whole_numbers(c.table_shape(), dtype, 1);
      const auto filters = c.filters([&](Shape shape, auto part) { return whole_numbers(shape, dtype, part); });
      const auto gaps = c.filters([&](Shape shape, auto part) { return with_gaps(whole_numbers(shape, dtype, part)); });
      const Tensor out(c.out_shape(), dtype), argmax(c.out_shape(), DType::I32);
      check_parity({out, argmax}, 0,
                   [&](auto& r) { window_convolution_max(with_gaps(table), gaps, c.windows, r[0], r[1]); });
      check_parity({out, argmax}, 0, [&](auto& r) { window_convolution_max(table, filters, c.windows, r[0], r[1]); });
    }
}

TEST_CASE("the maximum of a convolution over padded windows, and its gradients") {
  for (const DType dtype : kFloats)
    for (const ConvolutionCase& c : convolution_cases()) {
      CAPTURE(c.windows.windows.size());
      const auto numbers = [&](Shape shape, std::uint64_t part) { return random_tensor(shape, dtype, part); };
      const Tensor table = numbers(c.table_shape(), 1), grad = numbers(c.out_shape(), 2);
      const std::vector<Tensor> filters = c.filters(numbers);
      Tensor out(c.out_shape(), dtype), argmax(c.out_shape(), DType::I32);
      window_convolution_max(table, filters, c.windows, out, argmax);
      check_parity({out, argmax}, 64, [&](auto& r) { window_convolution_max(table, filters, c.windows, r[0], r[1]); });
      std::vector<Tensor> results = filters;
      results.push_back(table);
      check_parity(results, 256, [&](auto& r) {
        const std::vector<Tensor> grad_filters(r.begin(), r.end() - 1);
        window_convolution_max_backward(with_gaps(grad), with_gaps(argmax), with_gaps(table), filters, c.windows,
                                        r.back(), grad_filters);
      });
      Tensor none;
      check_parity({table}, 256, [&](auto& r) {
        window_convolution_max_backward(grad, argmax, table, filters, c.windows, r[0], {});
      });
      check_parity(filters, 256,
                   [&](auto& r) { window_convolution_max_backward(grad, argmax, table, filters, c.windows, none, r); });
    }
}

TEST_CASE("a window alone has the same bits as among others") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const ConvolutionCase& c : convolution_cases()) {
        const auto numbers = [&](Shape shape, std::uint64_t part) { return random_tensor(shape, dtype, part); };
        const Tensor table = numbers(c.table_shape(), 1);
        const std::vector<Tensor> filters = c.filters(numbers);
        Tensor out(c.out_shape(), dtype), argmax(c.out_shape(), DType::I32);
        window_convolution_max(table, filters, c.windows, out, argmax);
        for (std::int32_t w = 0; w < c.windows.windows.size(); ++w) {
          PaddedWindows alone = c.windows;
          alone.windows = c.windows.windows.select(std::vector{w});
          Tensor row({1, out.size(1)}, dtype), places({1, out.size(1)}, DType::I32);
          window_convolution_max(table, filters, alone, row, places);
          check_same(row, out.slice(0, w, w + 1));
          check_same(places, argmax.slice(0, w, w + 1));
        }
      }
  });
}

TEST_CASE("a filter that fits nowhere but over the padding sees the first values and then the padding row") {
  // Two filters of height 2 over the windows "a", "a b" and nothing, padded to 3 places. Rows, one column each:
  // padding, a, b.
  const Tensor table = Tensor::from<double>({1, 0, 0, 0, 1, 0, 0, 0, 1}, {3, 3});
  const std::vector<Tensor> filters{Tensor::from<double>({1, 3, -5, 2, 4, -6,  // taps 0 and 1 of the first
                                                          10, -30, 50, 20, -40, 5},
                                                         {2, 2, 3})};
  const PaddedWindows windows{Windows({0, 0, 1}, {1, 2, 1}, 2), Index({1, 2}), 3, 0};
  Tensor out({3, 2}, DType::F64), argmax({3, 2}, DType::I32);
  window_convolution_max(table, filters, windows, out, argmax);
  // "a": a0 + p1, p0 + p1. "a b": a0 + b1, b0 + p1.
  CHECK(out.to_vector<double>() == std::vector<double>{5, 30, -3, 70, 3, 30});
  CHECK(argmax.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 0, 1, 0, 0});
  Tensor grad_table({3, 3}, DType::F64), grad_filters({2, 2, 3}, DType::F64);
  window_convolution_max_backward(Tensor::from<double>({1, 2, 4, 8, 16, 32}, {3, 2}), argmax, table, filters, windows,
                                  grad_table, {grad_filters});
  CHECK(grad_filters.to_vector<double>() == std::vector<double>{16, 5, 0, 17, 0, 4, 34, 0, 8, 42, 0, 0});
  CHECK(grad_table.to_vector<double>() == std::vector<double>{1230, -2584, 1728, 5, 15, -25, 88, -224, 376});
}

TEST_CASE("the maximum of a convolution shows NaN") {
  const PaddedWindows windows{Windows({0, 0}, {4, 3}, 4), Index({1, 2, 1, 3}), 4, 0};
  const Tensor table = Tensor::from<float>({0, 5, 1, NAN}, {4, 1}), filter = Tensor::from<float>({1}, {1, 1, 1});
  Tensor out({2, 1}), argmax({2, 1}, DType::I32);
  check_parity({out, argmax}, 0, [&](auto& r) { window_convolution_max(table, {filter}, windows, r[0], r[1]); });
  window_convolution_max(table, {filter}, windows, out, argmax);
  CHECK(argmax.to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 0});
}

TEST_CASE("the maximum of a convolution refuses what doesn't fit") {
  const Windows two({0, 1}, {2, 3}, 3);
  const PaddedWindows windows{two, Index({1, 2, 1}), 4, 0};
  const Tensor table({3, 6}), filter({5, 2, 6});
  Tensor out({2, 5}), argmax({2, 5}, DType::I32);
  const auto expect = [&](const char* text, const std::vector<Tensor>& filters, const PaddedWindows& over) {
    CHECK(message_of([&] { window_convolution_max(table, filters, over, out, argmax); }) == text);
  };
  expect("[window_convolution_max] filters: expected those of a height at least, got none", {}, windows);
  expect("[window_convolution_max] filters: expected 3 dimensions, got (2, 5)", {out}, windows);
  expect("[window_convolution_max] filters: expected a height from 1 to the 4 places of a window, got (5, 5, 6)",
         {Tensor({5, 5, 6})}, windows);
  expect("[window_convolution_max] filters: expected (5, 3, 6), got (4, 3, 6)", {filter, Tensor({4, 3, 6})}, windows);
  expect("[window_convolution_max] filters: expected (5, 2, 6), got (5, 2, 7)", {Tensor({5, 2, 7})}, windows);
  expect("[window_convolution_max] windows: expected at most 1 values, got 2", {Tensor({5, 1, 6})},
         {two, windows.rows, 1, 0});
  expect("[window_convolution_max] padding: expected one of the 3 rows of the table, got 3", {filter},
         {two, windows.rows, 4, 3});
  expect("[window_convolution_max] rows: expected 3 ids, got 2", {filter}, {two, Index({1, 2}), 4, 0});
  expect("[window_convolution_max] rows: expected ids below 3, got 3", {filter}, {two, Index({1, 2, 3}), 4, 0});
  expect("[window_convolution_max] out: expected (2, 10), got (2, 5)", {filter, filter}, windows);
  Tensor grad_table({3, 6});
  const auto refused = [&](const Tensor& grad_out, Tensor of_table, const std::vector<Tensor>& grad_filters) {
    return message_of(
        [&] { window_convolution_max_backward(grad_out, argmax, table, {filter}, windows, of_table, grad_filters); });
  };
  CHECK(refused(table, grad_table, {filter}) ==
        "[window_convolution_max_backward] grad_out: expected (2, 5), got (3, 6)");
  CHECK(refused(out, out, {filter}) == "[window_convolution_max_backward] grad_table: expected (3, 6), got (2, 5)");
  CHECK(refused(out, grad_table, {filter, filter}) ==
        "[window_convolution_max_backward] grad_filters: expected 1 tensors or none, got 2");
  CHECK(refused(out, grad_table, {out}) ==
        "[window_convolution_max_backward] grad_filters: expected (5, 2, 6), got (2, 5)");
}
