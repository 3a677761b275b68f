#pragma once

#include "nn/module.h"

namespace seqrec::nn {

struct LayerNormOptions {
  double eps = 1e-5;  ///< as PyTorch's
};

/// Layer norm over the last axis: parameters `weight` (ones) and `bias` (zeros) [width].
class LayerNorm : public Module {
 public:
  LayerNorm(Scope at, std::int64_t width, const LayerNormOptions& options = {});
  Variable operator()(const Variable& x) const;
  /// The same of rows x [rows, width] in f32 on the CPU, in their place.
  void alone(std::int64_t rows, float* x) const;

 private:
  Variable weight_, bias_;
  double eps_;
};

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< of the tracked statistics: how much a batch counts
};

/// Batch norm of x [rows, width] as PyTorch's BatchNorm1d: parameters `weight`, `bias`; buffers `running_mean`,
/// `running_var` (with the unbiased variance), `num_batches_tracked` (i64 scalar). In training it uses and tracks the
/// batch's statistics; a batch of one row, which has no variance and which PyTorch refuses, is normalised by the
/// tracked ones.
class BatchNorm1d : public Module {
 public:
  BatchNorm1d(Scope at, std::int64_t width, const BatchNormOptions& options = {});
  Variable operator()(const Variable& x);
  /// From now on neither parameters nor statistics change; alone(): x [rows, width] in its place.
  void freeze_alone();
  void alone(std::int64_t rows, float* x) const;

 private:
  Variable weight_, bias_;
  Tensor running_mean_, running_var_, num_batches_tracked_;
  Tensor scale_;  // once frozen
  double eps_, momentum_;
};

}  // namespace seqrec::nn
