#pragma once

#include "nn/init.h"
#include "nn/module.h"

namespace seqrec::nn {

/// Layer norm over the last axis: parameters `weight` (ones) and `bias` (zeros) [width].
class LayerNorm : public Module {
 public:
  LayerNorm(std::int64_t width, double eps, Init& init);
  Variable forward(const Variable& x) const;

 private:
  Variable weight_, bias_;
  double eps_;
};

/// Batch norm of x [rows, width] as PyTorch's BatchNorm1d: parameters `weight`, `bias`; buffers `running_mean`,
/// `running_var` (with the unbiased variance), `num_batches_tracked` (i64 scalar). In training it uses and tracks the
/// batch's statistics; a batch of one row, which has no variance and which PyTorch refuses, is normalised by the
/// tracked ones.
class BatchNorm1d : public Module {
 public:
  BatchNorm1d(std::int64_t width, Init& init, double eps = 1e-5, double momentum = 0.1);
  Variable forward(const Variable& x);

 private:
  Variable weight_, bias_;
  Tensor running_mean_, running_var_, num_batches_tracked_;
  double eps_, momentum_;
};

}  // namespace seqrec::nn
