#include "nn/transformer.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "core/error.h"

namespace seqrec::nn {
namespace {

kernels::Unary activation_of(const std::string& hidden_act) {
  using kernels::Unary;
  for (const Unary op : {Unary::Gelu, Unary::Relu, Unary::Swish, Unary::Tanh, Unary::Sigmoid})
    if (hidden_act == kernels::name_of(op)) return op;
  throw ConfigError(concat("hidden_act: got '", hidden_act, "', expected gelu, relu, swish, tanh or sigmoid"));
}

}  // namespace

FeedForward::FeedForward(const TransformerOptions& o, Init& init)
    : dense_1_(o.hidden_size, o.inner_size, NormalWeights{o.initializer_range}, init),
      dense_2_(o.inner_size, o.hidden_size, NormalWeights{o.initializer_range}, init),
      activation_(activation_of(o.hidden_act)),
      norm_(o.hidden_size, o.layer_norm_eps, init),
      dropout_(o.hidden_dropout_prob) {
  add_module("dense_1", dense_1_);
  add_module("dense_2", dense_2_);
  add_module("LayerNorm", norm_);
  add_module("dropout", dropout_);
}

Variable FeedForward::forward(const Variable& x) {
  return norm_.forward(dropout_.forward(dense_2_.forward(dense_1_.forward(x, activation_))) + x);
}

TransformerLayer::TransformerLayer(const TransformerOptions& options, Init& init)
    : multi_head_attention_(options, init), feed_forward_(options, init) {
  add_module("multi_head_attention", multi_head_attention_);
  add_module("feed_forward", feed_forward_);
}

Variable TransformerLayer::forward(const Variable& values, const Variable& queries, const Windows& windows) {
  return feed_forward_.forward(multi_head_attention_.forward(values, queries, windows));
}

TransformerEncoder::TransformerEncoder(const TransformerOptions& options, Init& init) {
  require<ConfigError>(options.n_layers >= 1 && options.hidden_size >= 1 && options.inner_size >= 1,
                       "n_layers, hidden_size and inner_size must be at least 1: got ", options.n_layers, ", ",
                       options.hidden_size, " and ", options.inner_size);
  for (std::int64_t i = 0; i < options.n_layers; ++i) {
    layers_.push_back(std::make_unique<TransformerLayer>(options, init));
    add_module("layer." + std::to_string(i), *layers_.back());
  }
}

Variable TransformerEncoder::forward(const Variable& x, const Windows& windows) {
  Variable out = x;
  for (const auto& layer : layers_) out = layer->forward(out, out, windows);
  return out;
}

Variable TransformerEncoder::forward(const Variable& x, const Windows& windows, const Index& read) {
  Variable values = x;
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) values = layers_[i]->forward(values, values, windows);
  return layers_.back()->forward(values, autograd::embedding(values, read), windows.select(read.host()));
}

}  // namespace seqrec::nn
