#include "nn/convolution.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;
using autograd::Variable;
using kernels::PaddedWindows;

namespace {

constexpr std::int64_t kLength = 4, kWidth = 3, kFilters = 2;

/// Prefixes of one history, a window of another and an empty one; row 0 is the padding's.
PaddedWindows some_windows() {
  return {Windows({0, 0, 0, 4, 2}, {1, 3, 4, 6, 2}, 6), Index({1, 3, 2, 3, 4, 1}), kLength, 0};
}

Tensor table() { return kernels::random_tensor({5, kWidth}, DType::F64, 5); }

/// The padded window as PyTorch would hold it.
double place(const Tensor& table, const PaddedWindows& windows, std::int64_t w, std::int64_t j, std::int64_t c) {
  const bool real = j < windows.windows.length(w);
  return table.at<double>({real ? windows.rows[windows.windows.begin()[w] + j] : windows.padding, c});
}

/// The gradients by the table and the layer's parameters of a weighted sum of its output, by central differences.
void check_gradients(const Module& layer, const std::function<Variable(const Variable&)>& forward) {
  std::vector<std::pair<std::string, Variable>> inputs = layer.parameters();
  inputs.emplace_back("table", Variable(table(), true));
  const Variable x = inputs.back().second;
  const Tensor weights = kernels::random_tensor(forward(x).shape(), DType::F64, 11);
  const auto loss = [&] { return autograd::sum(forward(x) * Variable(weights)); };
  autograd::backward(loss());
  for (const auto& [name, input] : inputs) {
    CAPTURE(name);
    const std::vector<double> gradient = kernels::contiguous(input.grad().dense()).to_vector<double>();
    const auto values = input.value().span<double>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double kept = values[i], step = 1e-6;
      const auto at = [&](double value) {
        values[i] = value;
        return loss().value().item();
      };
      const double numerical = (at(kept + step) - at(kept - step)) / (2 * step);
      values[i] = kept;
      CHECK(gradient[i] == doctest::Approx(numerical).epsilon(1e-6));
    }
  }
}

}  // namespace

TEST_CASE("horizontal filters are PyTorch's convolution over the padded window, relu and maximum") {
  const HorizontalConvolution layer(Root(7, DType::F64), kFilters, kLength, kWidth);
  const PaddedWindows windows = some_windows();
  const Tensor x = table(), out = layer(Variable(x), windows).value();
  REQUIRE(out.shape() == Shape{5, kLength * kFilters});
  const auto parameters = layer.parameters();
  REQUIRE(parameters[3].first == "1.bias");
  for (std::int64_t w = 0; w < 5; ++w)
    for (std::int64_t h = 1; h <= kLength; ++h)
      for (std::int64_t f = 0; f < kFilters; ++f) {
        const Tensor &weight = parameters[2 * h - 2].second.value(), &bias = parameters[2 * h - 1].second.value();
        double best = 0;
        for (std::int64_t i = 0; i + h <= kLength; ++i) {
          double sum = bias.at<double>({f});
          for (std::int64_t t = 0; t < h; ++t)
            for (std::int64_t c = 0; c < kWidth; ++c)
              sum += weight.at<double>({f, 0, t, c}) * place(x, windows, w, i + t, c);
          best = std::max(best, sum);
        }
        CHECK(out.at<double>({w, (h - 1) * kFilters + f}) == doctest::Approx(best).epsilon(1e-12));
      }
  check_gradients(layer, [&](const Variable& v) { return layer(v, windows); });
}

TEST_CASE("vertical filters are PyTorch's convolution over the padded window's places") {
  const VerticalConvolution layer(Root(7, DType::F64), kFilters, kLength);
  const PaddedWindows windows = some_windows();
  const Tensor x = table(), out = layer(Variable(x), windows).value();
  REQUIRE(out.shape() == Shape{5, kFilters * kWidth});
  const Tensor weight = layer.weight().value(), bias = layer.parameters()[1].second.value();
  for (std::int64_t w = 0; w < 5; ++w)
    for (std::int64_t k = 0; k < kFilters; ++k)
      for (std::int64_t c = 0; c < kWidth; ++c) {
        double sum = bias.at<double>({k});
        for (std::int64_t j = 0; j < kLength; ++j) sum += weight.at<double>({k, 0, j, 0}) * place(x, windows, w, j, c);
        CHECK(out.at<double>({w, k * kWidth + c}) == doctest::Approx(sum).epsilon(1e-12));
      }
  check_gradients(layer, [&](const Variable& v) { return layer(v, windows); });
}

TEST_CASE("convolutions refuse a table of another width and windows of another length") {
  const HorizontalConvolution horizontal(Root(7, DType::F64), kFilters, kLength, kWidth);
  const VerticalConvolution vertical(Root(7, DType::F64), kFilters, kLength);
  PaddedWindows windows = some_windows();
  CHECK_THROWS_WITH_AS(horizontal(Variable(Tensor({5, 2}, DType::F64)), windows),
                       "[window_convolution_max] filters: expected (2, 1, 2), got (2, 1, 3)", ShapeError);
  windows.length = 5;
  CHECK_THROWS_WITH_AS(horizontal(Variable(table()), windows),
                       "[horizontal_convolution] expected windows of 4 places, got 5", ShapeError);
  CHECK_THROWS_WITH_AS(vertical(Variable(table()), windows),
                       "[vertical_convolution] expected windows of 4 places, got 5", ShapeError);
}
