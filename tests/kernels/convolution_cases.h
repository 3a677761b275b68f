#pragma once

#include "kernels/convolution.h"
#include "tests/kernels/parity.h"

/// Convolutions over windows that tests of their kernels share.
namespace seqrec::kernels {

/// Windows over `values` values, padded to `length` places: the prefixes of one history, cut to their last `longest`,
/// then random ones, empty ones among them. Rows from 1 on: row 0 is the padding's.
inline PaddedWindows padded_windows(std::int64_t values, std::int64_t longest, std::int64_t length, std::int64_t rows) {
  Random random(random_stream(9, Purpose::Test, static_cast<std::uint64_t>(values)));
  std::vector<std::int32_t> begin, end, ids;
  for (std::int32_t i = 0; i < values; ++i) {
    begin.push_back(0);
    end.push_back(i);
    begin.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(values))));
    end.push_back(static_cast<std::int32_t>(values - random.below(static_cast<std::uint32_t>(values - begin.back()))));
    ids.push_back(1 + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(rows - 1))));
  }
  return {Windows(begin, end, values).keep_last(longest), Index(std::move(ids)), length, 0};
}

struct ConvolutionCase {
  PaddedWindows windows;
  std::int64_t rows, width, n;
  std::vector<std::int64_t> heights;

  Shape table_shape() const { return {rows, width}; }
  Shape out_shape() const { return {windows.windows.size(), n * std::ssize(heights)}; }
  /// What `make` makes of each height's shape and of a number that differs.
  template <class F>
  std::vector<Tensor> filters(F make) const {
    std::vector<Tensor> all;
    for (const std::int64_t height : heights) all.push_back(make(Shape{n, height, width}, 10 + all.size()));
    return all;
  }
};

/// Of the edges: a single place, windows cut to their length, much padding, heights in any order and twice, and more
/// filters than lanes.
inline std::vector<ConvolutionCase> convolution_cases() {
  return {{padded_windows(1, 1, 1, 2), 2, 1, 1, {1}},
          {padded_windows(7, 3, 5, 4), 4, 3, 3, {1, 2, 3, 4, 5}},
          {padded_windows(61, 20, 20, 97), 97, 5, 8, {1, 7, 20}},
          {padded_windows(101, 50, 50, 41), 41, 4, 17, {50, 23}},
          {padded_windows(121, 3, 50, 41), 41, 8, 4, {2, 30}},
          {padded_windows(31, 10, 10, 50), 50, 3, 33, {4, 10, 4, 1}}};
}

}  // namespace seqrec::kernels
