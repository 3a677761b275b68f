#include "kernels/convolution.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Windows over `values` values: the prefixes of one history, cut to their last `longest`, then random ones, empty ones
/// among them. Rows from 1 on: row 0 is the padding's.
PaddedWindows some_windows(std::int64_t values, std::int64_t longest, std::int64_t length, std::int64_t rows) {
  Random random(random_stream(9, Purpose::Test, static_cast<std::uint64_t>(values)));
  std::vector<std::int32_t> begin, end;
  for (std::int32_t i = 0; i < values; ++i) {
    begin.push_back(0);
    end.push_back(i);
    begin.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(values))));
    end.push_back(static_cast<std::int32_t>(values - random.below(static_cast<std::uint32_t>(values - begin.back()))));
  }
  std::vector<std::int32_t> ids;
  for (std::int64_t v = 0; v < values; ++v)
    ids.push_back(1 + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(rows - 1))));
  return {Windows(begin, end, values).keep_last(longest), Index(std::move(ids)), length, 0};
}

}  // namespace

TEST_CASE("the maximum of a convolution over padded windows, and its gradient") {
  struct Sizes {
    std::int64_t values, longest, length, height, rows, filters;
  };
  for (const DType dtype : kFloats)
    for (const Sizes& s : {Sizes{1, 1, 1, 1, 2, 1}, Sizes{7, 3, 5, 2, 4, 3}, Sizes{61, 20, 20, 1, 97, 8},
                           Sizes{61, 20, 20, 7, 97, 8}, Sizes{61, 20, 20, 20, 97, 8}, Sizes{301, 50, 50, 23, 41, 17},
                           Sizes{401, 3, 50, 30, 41, 4}, Sizes{31, 10, 10, 4, 50, 33}}) {
      CAPTURE(s.values);
      CAPTURE(s.height);
      const PaddedWindows windows = some_windows(s.values, s.longest, s.length, s.rows);
      const Tensor taps = random_tensor({s.rows, s.height, s.filters}, dtype, 1);
      const Tensor grad = random_tensor({windows.windows.size(), s.filters}, dtype, 2);
      Tensor out = empty_like(grad), argmax(out.shape(), DType::I32);
      check_parity({out, argmax}, 64, [&](auto& r) { kernels::window_tap_max(with_gaps(taps), windows, r[0], r[1]); });
      kernels::window_tap_max(taps, windows, out, argmax);
      check_parity({taps}, 256, [&](auto& r) {
        kernels::window_tap_max_backward(with_gaps(grad), with_gaps(argmax), windows, r[0]);
      });
    }
}

TEST_CASE("a filter that fits nowhere but over the padding sees the first values and then the padding row") {
  // Two filters of height 2 over the windows "a", "a b" and nothing, padded to 3 places. Rows: padding, a, b.
  const Tensor taps = Tensor::from<double>({1, 10, 2, 20,    // padding: taps 0 and 1 of both filters
                                            3, -30, 4, -40,  // a
                                            -5, 50, -6, 5},  // b
                                           {3, 2, 2});
  const PaddedWindows windows{Windows({0, 0, 1}, {1, 2, 1}, 2), Index({1, 2}), 3, 0};
  Tensor out({3, 2}, DType::F64), argmax({3, 2}, DType::I32);
  kernels::window_tap_max(taps, windows, out, argmax);
  // "a": a0 + p1, p0 + p1. "a b": a0 + b1, b0 + p1.
  CHECK(out.to_vector<double>() == std::vector<double>{5, 30, -3, 70, 3, 30});
  CHECK(argmax.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 0, 1, 0, 0});
  Tensor grad({3, 2, 2}, DType::F64);
  kernels::window_tap_max_backward(Tensor::from<double>({1, 2, 4, 8, 16, 32}, {3, 2}), argmax, windows, grad);
  CHECK(grad.to_vector<double>() == std::vector<double>{16, 34, 17, 42, 5, 0, 0, 0, 0, 8, 4, 0});
}

TEST_CASE("the maximum of a convolution takes the first of equal starts and shows NaN") {
  const PaddedWindows windows{Windows({0, 0}, {4, 3}, 4), Index({1, 2, 1, 3}), 4, 0};
  const Tensor taps = Tensor::from<float>({0, 5, 1, NAN}, {4, 1, 1});
  Tensor out({2, 1}), argmax({2, 1}, DType::I32);
  check_parity({out, argmax}, 0, [&](auto& r) { kernels::window_tap_max(taps, windows, r[0], r[1]); });
  kernels::window_tap_max(taps, windows, out, argmax);
  CHECK(argmax.to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 0});
}

TEST_CASE("the maximum of a convolution refuses what doesn't fit") {
  const Windows two({0, 1}, {2, 3}, 3);
  const PaddedWindows windows{two, Index({1, 2, 1}), 4, 0};
  Tensor taps({3, 2, 5}), tall({3, 5, 5}), out({2, 5}), argmax({2, 5}, DType::I32);
  const auto expect = [&](const char* text, const Tensor& of, const PaddedWindows& over) {
    CHECK(message_of([&] { kernels::window_tap_max(of, over, out, argmax); }) == text);
  };
  expect("[window_tap_max] taps: expected 3 dimensions, got (2, 5)", out, windows);
  expect("[window_tap_max] taps: expected a height from 1 to the 4 places of a window, got (3, 5, 5)", tall, windows);
  expect("[window_tap_max] windows: expected at most 1 values, got 2", Tensor({3, 1, 5}), {two, windows.rows, 1, 0});
  expect("[window_tap_max] padding: expected one of the 3 rows of taps, got 3", taps, {two, windows.rows, 4, 3});
  expect("[window_tap_max] rows: expected 3 ids, got 2", taps, {two, Index({1, 2}), 4, 0});
  expect("[window_tap_max] rows: expected ids below 3, got 3", taps, {two, Index({1, 2, 3}), 4, 0});
  CHECK(message_of([&] {
          kernels::window_tap_max(Tensor({3, 2, 4}), windows, out, argmax);
        }) == "[window_tap_max] out: expected (2, 4), got (2, 5)");
  CHECK(message_of([&] { kernels::window_tap_max_backward(taps, argmax, windows, taps); }) ==
        "[window_tap_max_backward] grad_out: expected (2, 5), got (3, 2, 5)");
}
