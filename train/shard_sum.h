#pragma once

#include <cstddef>
#include <vector>

#include "autograd/gradient.h"
#include "nn/module.h"

namespace seqrec::train {

/// What some shards of a batch come to together; without parts: shards without rows.
struct ShardSum {
  /// The gradient of each parameter, then what each buffer of the model becomes (ShardBuffers), then the loss.
  std::vector<autograd::Gradient> parts;

  void add(ShardSum other);
  const Tensor& loss() const { return parts.back().dense(); }
};

/// A model's buffers, where a step has several shards: each shard begins with those that the step began with, and what
/// they become is the mean of what the shards made of them, by rows; what counts something (integers) counts it in all
/// shards. That is what a shard of all rows makes of them.
class ShardBuffers {
 public:
  explicit ShardBuffers(nn::NamedTensors buffers);

  /// Adds to a shard's parts what its buffers are now, times its share of the rows, and sets them back.
  void take(double share, ShardSum& sum);
  /// Writes the sum's into the buffers; they begin at part `first`.
  void write(const ShardSum& sum, std::size_t first);

 private:
  nn::NamedTensors buffers_;
  std::vector<Tensor> before_;
};

}  // namespace seqrec::train
