#pragma once

#include <string>

#include "core/windows.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"

namespace seqrec::nn {

/// What a transformer is made of; the names are RecBole's.
struct TransformerOptions {
  std::int64_t n_layers = 2;
  std::int64_t n_heads = 2;
  std::int64_t hidden_size = 64;  ///< a multiple of n_heads
  std::int64_t inner_size = 256;
  double hidden_dropout_prob = 0.5;
  double attn_dropout_prob = 0.5;
  std::string hidden_act = "gelu";  ///< or relu, swish, tanh, sigmoid
  double layer_norm_eps = 1e-12;
  double initializer_range = 0.02;  ///< weights are N(0, initializer_range^2), biases 0
};

/// The self-attention sublayer of a transformer (Vaswani et al. 2017), as RecBole's MultiHeadAttention: LayerNorm(x +
/// dropout(W_o attention(W_q x, W_k x, W_v x) + b_o)). Sequences are jagged: each query looks at a window of the values
/// (kernels/attention.h). ConfigError unless n_heads divides hidden_size. Parameters `query`, `key`, `value`, `dense`
/// and `LayerNorm`.
class MultiHeadAttention : public Module {
 public:
  MultiHeadAttention(Scope at, const TransformerOptions& options);
  /// values [values, hidden_size], queries [queries, hidden_size], a window over the values for each query;
  /// [queries, hidden_size]. In self-attention the queries are the values, or some of them.
  Variable operator()(const Variable& values, const Variable& queries, const Windows& windows);

  /// From now on the parameters don't change, and sequences come one at a time, too.
  void freeze_alone();
  /// Causal self-attention of the last `queries` of the rows x [rows, hidden_size], which follow `known` others: out
  /// [queries, hidden_size]. Keys and values lie in kv [known + rows, 2 hidden_size]; those of x are written there.
  void alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t queries, float* kv, Arena& arena,
             float* out) const;
  std::int64_t width() const { return query_.weight().shape()[0]; }

 private:
  std::int64_t heads_;
  Linear query_, key_, value_, dense_;
  LayerNorm norm_;
  Dropout attn_dropout_, out_dropout_;
  kernels::alone::Linear alone_query_, alone_key_value_, alone_dense_;  // once frozen
};

}  // namespace seqrec::nn
