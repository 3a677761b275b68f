#include "nn/attention.h"

#include "autograd/ops/attention.h"
#include "autograd/ops/elementwise.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

std::int64_t checked_heads(const TransformerOptions& options) {
  require<ConfigError>(options.n_heads >= 1 && options.hidden_size % options.n_heads == 0,
                       "hidden_size must be a multiple of n_heads: got ", options.hidden_size, " and ",
                       options.n_heads);
  return options.n_heads;
}

/// As BERT's.
Linear square_linear(Scope at, const TransformerOptions& o) {
  return {at, o.hidden_size, o.hidden_size, {.initial_weight = normal(o.initializer_range), .initial_bias = zeros()}};
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(Scope at, const TransformerOptions& o)
    : Module(at),
      heads_(checked_heads(o)),
      query_(square_linear(at / "query", o)),
      key_(square_linear(at / "key", o)),
      value_(square_linear(at / "value", o)),
      dense_(square_linear(at / "dense", o)),
      norm_(at / "LayerNorm", o.hidden_size, {.eps = o.layer_norm_eps}),
      attn_dropout_(at / "attn_dropout", o.attn_dropout_prob),
      out_dropout_(at / "out_dropout", o.hidden_dropout_prob) {}

Variable MultiHeadAttention::operator()(const Variable& values, const Variable& queries, const Windows& windows) {
  const Variable context =
      window_attention(query_(queries), key_(values), value_(values), windows, heads_, attn_dropout_.draw());
  return norm_(out_dropout_(dense_(context)) + queries);
}

}  // namespace seqrec::nn
