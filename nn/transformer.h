#pragma once

#include <vector>

#include "nn/attention.h"

namespace seqrec::nn {

/// The point-wise sublayer: LayerNorm(x + dropout(W_2 act(W_1 x + b_1) + b_2)), as RecBole's FeedForward. Parameters
/// `dense_1`, `dense_2`, `LayerNorm`. x [..., hidden_size].
class FeedForward : public Module {
 public:
  FeedForward(Scope at, const TransformerOptions& options);
  Variable operator()(const Variable& x);
  /// As MultiHeadAttention's: x and out [rows, hidden_size].
  void freeze_alone();
  void alone(std::int64_t rows, const float* x, Arena& arena, float* out) const;

 private:
  Linear dense_1_, dense_2_;
  kernels::Unary activation_;
  LayerNorm norm_;
  Dropout dropout_;
  kernels::alone::Linear alone_1_, alone_2_;  // once frozen
};

/// Attention, then the point-wise sublayer: parts `multi_head_attention` and `feed_forward`.
class TransformerLayer : public Module {
 public:
  TransformerLayer(Scope at, const TransformerOptions& options);
  /// As MultiHeadAttention's.
  Variable operator()(const Variable& values, const Variable& queries, const Windows& windows);
  void freeze_alone() { multi_head_attention_.freeze_alone(), feed_forward_.freeze_alone(); }
  void alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t queries, float* kv, Arena& arena,
             float* out) const;

 private:
  MultiHeadAttention multi_head_attention_;
  FeedForward feed_forward_;
};

/// Layers `layer.0`, `layer.1`, ... over jagged sequences, each value looking at a window of them: up to itself in a
/// causal encoder, the whole sequence in a bidirectional one. ConfigError for sizes below 1, heads that don't divide
/// the width, or an unknown activation.
class TransformerEncoder : public Module {
 public:
  TransformerEncoder(Scope at, const TransformerOptions& options = {});
  /// x [values, hidden_size], a window per value; [values, hidden_size].
  Variable operator()(const Variable& x, const Windows& windows);
  /// The outputs of the values that `read` names, [read, hidden_size]: the last layer is computed there alone. Their
  /// windows are chosen here, or `of_read`.
  Variable operator()(const Variable& x, const Windows& windows, const Index& read) {
    return (*this)(x, windows, read, windows.select(read.host()));
  }
  Variable operator()(const Variable& x, const Windows& windows, const Index& read, const Windows& of_read);

  /// From now on the parameters don't change, and sequences come one at a time, too.
  void freeze_alone();
  /// The output of the last of the rows x [rows, hidden_size], at least one, of a causal encoder: out [hidden_size].
  /// They follow `known` others, whose keys and values in each layer lie in kv [layers, length, 2 hidden_size]; theirs
  /// are written behind them.
  void alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t length, float* kv, Arena& arena,
             float* out) const;
  /// The size of such a kv.
  std::int64_t known_size(std::int64_t length) const { return std::ssize(layers_) * length * 2 * width_; }

 private:
  std::int64_t width_;
  std::vector<TransformerLayer> layers_;
};

}  // namespace seqrec::nn
