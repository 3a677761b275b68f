// The convolutions for one window at a time.
#include "kernels/copy.h"
#include "nn/convolution.h"

namespace seqrec::nn {

void HorizontalConvolution::freeze_alone(const Tensor& padding) {
  std::vector<Tensor> filters;
  for (const Variable& weight : weights_)
    filters.push_back(weight.value().reshape({weight.shape()[0], weight.shape()[2], weight.shape()[3]}));
  alone_ = {filters, padding, std::ssize(weights_)};
}

void HorizontalConvolution::alone(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  alone_(rows, x, arena, out);
  finish_alone(out);
}

void HorizontalConvolution::alone(std::int64_t rows, const float* x, kernels::alone::IdLists windows, Arena& arena,
                                  float* out, std::int64_t stride) const {
  alone_(rows, x, windows, arena, out, stride);
  for (std::size_t i = 0; i < windows.size(); ++i) finish_alone(out + static_cast<std::int64_t>(i) * stride);
}

void HorizontalConvolution::finish_alone(float* out) const {
  kernels::alone::add(bias_.numel(), bias_.data<float>(), out);
  kernels::alone::unary(kernels::Unary::Relu, bias_.numel(), out, out);
}

void VerticalConvolution::freeze_alone() { tails_ = kernels::contiguous(tails().value()); }

void VerticalConvolution::alone(std::span<const std::int32_t> window, std::int64_t width, const float* x,
                                const float* padding, float* out) const {
  const std::int64_t rows = std::ssize(window);
  const std::int64_t filters = weight_.shape()[0], length = weight_.shape()[2];
  const float *weight = weight_.value().data<float>(), *bias = bias_.value().data<float>();
  for (std::int64_t k = 0; k < filters; ++k, out += width) {
    kernels::alone::weighted_sum(rows, weight + k * length, window.data(), x, width, out);
    const float tail = tails_.data<float>()[k * (length + 1) + rows];
    for (std::int64_t j = 0; j < width; ++j) {
      const float of_padding = tail * padding[j];  // rounded, as a sum of operations has it
      out[j] = (out[j] + of_padding) + bias[k];
    }
  }
}

}  // namespace seqrec::nn
