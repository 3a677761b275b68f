#include "nn/convolution.h"

#include <string>

#include "autograd/ops/convolution.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"
#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::nn {

using namespace autograd;
using kernels::PaddedWindows;

static void check_windows(const char* layer, const PaddedWindows& windows, std::int64_t length) {
  require<ShapeError>(windows.length == length, "[", layer, "] expected windows of ", length, " places, got ",
                      windows.length);
}

HorizontalConvolution::HorizontalConvolution(Scope at, std::int64_t filters, std::int64_t length, std::int64_t width)
    : Module(at), bias_({length * filters}, at.dtype(), at.device()) {
  for (std::int64_t h = 1; h <= length; ++h) {
    const Scope filter = at / std::to_string(h - 1);
    const Initial initial = uniform(fan_in_bound(h * width));
    weights_.push_back(filter.parameter("weight", {filters, 1, h, width}, initial));
    biases_.push_back(filter.parameter("bias", {filters}, initial));
    Tensor place = bias_.slice(0, (h - 1) * filters, h * filters);
    kernels::copy(biases_.back().value(), place);
    biases_.back().set_value(place);
  }
}

/// The biases one after the other, where they lie.
static Variable joined(const std::vector<Variable>& parts, const Tensor& whole) {
  return record("concat", std::span(parts), whole, [parts = parts.size()](Backward& b) {
    const std::int64_t size = b.grad().size(0) / static_cast<std::int64_t>(parts);
    for (std::size_t i = 0; i < parts; ++i) {
      const std::int64_t begin = static_cast<std::int64_t>(i) * size;
      b.give(i, b.grad().slice(0, begin, begin + size));
    }
  });
}

Variable HorizontalConvolution::operator()(const Variable& table, const PaddedWindows& windows) const {
  check_windows("horizontal_convolution", windows, std::ssize(weights_));
  std::vector<Variable> filters = frozen_;
  if (filters.empty())
    for (const Variable& weight : weights_)
      filters.push_back(reshape(weight, {weight.shape()[0], weight.shape()[2], weight.shape()[3]}));
  // The bias and relu never fall, so they may follow the maximum.
  return relu(window_convolution_max(table, filters, windows) + joined(biases_, bias_));
}

void HorizontalConvolution::freeze() {
  frozen_.clear();
  for (const Variable& weight : weights_) {
    const Tensor filters = weight.value().reshape({weight.shape()[0], weight.shape()[2], weight.shape()[3]});
    frozen_.emplace_back(kernels::contiguous(filters.transpose(0, 1)).transpose(0, 1));
  }
}

static std::vector<double> from_place(std::int64_t length) {
  std::vector<double> ones(length * (length + 1));
  for (std::int64_t j = 0; j < length; ++j)
    for (std::int64_t n = 0; n <= j; ++n) ones[j * (length + 1) + n] = 1;
  return ones;
}

VerticalConvolution::VerticalConvolution(Scope at, std::int64_t filters, std::int64_t length)
    : Module(at),
      weight_(at.parameter("weight", {filters, 1, length, 1}, uniform(fan_in_bound(length)))),
      bias_(at.parameter("bias", {filters}, uniform(fan_in_bound(length)))),
      from_place_(from_place(length)) {}

VerticalConvolution::Filtered VerticalConvolution::filter(const PaddedWindows& padded) const {
  const Windows& windows = padded.windows;
  const std::int64_t filters = weight_.shape()[0];
  std::vector<std::int32_t> begin, end, weights, tails;
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    for (std::int64_t k = 0; k < filters; ++k) {
      begin.push_back(windows.begin()[w]);
      end.push_back(windows.end()[w]);
      for (std::int32_t j = 0; j < windows.length(w); ++j)
        weights.push_back(static_cast<std::int32_t>(k * padded.length) + j);
      tails.push_back(static_cast<std::int32_t>(k * (padded.length + 1)) + windows.length(w));
    }
  }
  return {Windows(std::move(begin), std::move(end), windows.values()), Index(std::move(weights)),
          Index(std::move(tails))};
}

/// [filters, length + 1]: the sums of the weights from each place on, by which a padding row counts that they show.
Variable VerticalConvolution::tails() const {
  const std::int64_t filters = weight_.shape()[0], length = weight_.shape()[2];
  const Tensor places = from_place_.on(weight_.dtype(), weight_.device()).reshape({length, length + 1});
  return matmul(reshape(weight_, {filters, length}), Variable(places));
}

Variable VerticalConvolution::operator()(const Variable& table, const PaddedWindows& windows,
                                         const Filtered& each) const {
  const std::int64_t filters = weight_.shape()[0], length = weight_.shape()[2], width = table.shape()[1];
  check_windows("vertical_convolution", windows, length);
  const Variable weights = embedding(reshape(weight_, {filters * length, 1}), each.weights);
  const Variable real = window_weighted_sum(reshape(weights, {each.weights.size()}), table, windows.rows, each.windows);
  const Variable tail = embedding(reshape(tails(), {filters * (length + 1), 1}), each.tails);
  const Variable sums = real + tail * slice(table, 0, windows.padding, windows.padding + 1);
  const std::int64_t rows = windows.windows.size();
  return reshape(reshape(sums, {rows, filters, width}) + reshape(bias_, {filters, 1}), {rows, filters * width});
}

}  // namespace seqrec::nn
