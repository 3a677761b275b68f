#include "nn/transformer.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

kernels::Unary activation_of(const std::string& hidden_act) {
  using kernels::Unary;
  for (const Unary op : {Unary::Gelu, Unary::Relu, Unary::Swish, Unary::Tanh, Unary::Sigmoid})
    if (hidden_act == kernels::name_of(op)) return op;
  throw ConfigError(concat("hidden_act: got '", hidden_act, "', expected gelu, relu, swish, tanh or sigmoid"));
}

}  // namespace

FeedForward::FeedForward(Scope at, const TransformerOptions& o)
    : Module(at),
      dense_1_(at / "dense_1", o.hidden_size, o.inner_size,
               {.initial_weight = normal(o.initializer_range), .initial_bias = zeros()}),
      dense_2_(at / "dense_2", o.inner_size, o.hidden_size,
               {.initial_weight = normal(o.initializer_range), .initial_bias = zeros()}),
      activation_(activation_of(o.hidden_act)),
      norm_(at / "LayerNorm", o.hidden_size, {.eps = o.layer_norm_eps}),
      dropout_(at / "dropout", o.hidden_dropout_prob) {}

Variable FeedForward::operator()(const Variable& x) { return norm_(dropout_(dense_2_(dense_1_(x, activation_))) + x); }

TransformerLayer::TransformerLayer(Scope at, const TransformerOptions& options)
    : Module(at),
      multi_head_attention_(at / "multi_head_attention", options),
      feed_forward_(at / "feed_forward", options) {}

Variable TransformerLayer::operator()(const Variable& values, const Variable& queries, const Windows& windows) {
  return feed_forward_(multi_head_attention_(values, queries, windows));
}

TransformerEncoder::TransformerEncoder(Scope at, const TransformerOptions& options)
    : Module(at), width_(options.hidden_size) {
  require<ConfigError>(options.n_layers >= 1 && options.hidden_size >= 1 && options.inner_size >= 1,
                       "n_layers, hidden_size and inner_size must be at least 1: got ", options.n_layers, ", ",
                       options.hidden_size, " and ", options.inner_size);
  for (std::int64_t i = 0; i < options.n_layers; ++i) layers_.emplace_back(at / concat("layer.", i), options);
}

Variable TransformerEncoder::operator()(const Variable& x, const Windows& windows) {
  Variable out = x;
  for (TransformerLayer& layer : layers_) out = layer(out, out, windows);
  return out;
}

Variable TransformerEncoder::operator()(const Variable& x, const Windows& windows, const Index& read,
                                        const Windows& of_read) {
  Variable values = x;
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) values = layers_[i](values, values, windows);
  return layers_.back()(values, embedding(values, read), of_read);
}

}  // namespace seqrec::nn
