#include "train/shard_sum.h"

#include <utility>

#include "kernels/copy.h"
#include "kernels/elementwise.h"

namespace seqrec::train {

void ShardSum::add(ShardSum other) {
  if (parts.empty()) parts.resize(other.parts.size());
  for (std::size_t i = 0; i < other.parts.size(); ++i) {
    if (parts[i].defined())
      parts[i].add(other.parts[i]);
    else
      parts[i] = std::move(other.parts[i]);
  }
}

ShardBuffers::ShardBuffers(nn::NamedTensors buffers) : buffers_(std::move(buffers)) {
  for (const auto& [name, buffer] : buffers_) before_.push_back(kernels::clone(buffer));
}

// In f64: a share of 1 leaves an f32 number as it is, and integers are exact.
void ShardBuffers::take(double share, ShardSum& sum) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    Tensor& buffer = buffers_[i].second;
    Tensor part = kernels::clone(kernels::convert(buffer, DType::F64));
    if (is_float(buffer.dtype()) && share != 1)
      kernels::affine(share, 0.0, part, part);
    else if (!is_float(buffer.dtype()))
      kernels::add_scaled(-1.0, kernels::convert(before_[i], DType::F64), part);
    sum.parts.emplace_back().add(std::move(part));
    kernels::copy(before_[i], buffer);
  }
}

void ShardBuffers::write(const ShardSum& sum, std::size_t first) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    Tensor& buffer = buffers_[i].second;
    Tensor after = kernels::clone(sum.parts[first + i].dense());
    if (!is_float(buffer.dtype())) kernels::add_scaled(1.0, kernels::convert(before_[i], DType::F64), after);
    kernels::copy(after, buffer);
  }
}

}  // namespace seqrec::train
