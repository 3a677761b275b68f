#include "nn/attention.h"

#include "autograd/ops/attention.h"
#include "autograd/ops/elementwise.h"
#include "core/error.h"

namespace seqrec::nn {
namespace {

std::int64_t checked_heads(const TransformerOptions& options) {
  require<ConfigError>(options.n_heads >= 1 && options.hidden_size % options.n_heads == 0,
                       "hidden_size must be a multiple of n_heads: got ", options.hidden_size, " and ",
                       options.n_heads);
  return options.n_heads;
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(const TransformerOptions& o, Init& init)
    : heads_(checked_heads(o)),
      query_(o.hidden_size, o.hidden_size, NormalWeights{o.initializer_range}, init),
      key_(o.hidden_size, o.hidden_size, NormalWeights{o.initializer_range}, init),
      value_(o.hidden_size, o.hidden_size, NormalWeights{o.initializer_range}, init),
      dense_(o.hidden_size, o.hidden_size, NormalWeights{o.initializer_range}, init),
      norm_(o.hidden_size, o.layer_norm_eps, init),
      attn_dropout_(o.attn_dropout_prob),
      out_dropout_(o.hidden_dropout_prob) {
  add_module("query", query_);
  add_module("key", key_);
  add_module("value", value_);
  add_module("dense", dense_);
  add_module("LayerNorm", norm_);
  add_module("attn_dropout", attn_dropout_);
  add_module("out_dropout", out_dropout_);
}

Variable MultiHeadAttention::forward(const Variable& values, const Variable& queries, const Windows& windows) {
  const Variable context =
      autograd::window_attention(query_.forward(queries), key_.forward(values), value_.forward(values), windows, heads_,
                                 attn_dropout_.draw(windows.entries() * heads_));
  return norm_.forward(out_dropout_.forward(dense_.forward(context)) + queries);
}

}  // namespace seqrec::nn
