// The transformer for one causal sequence at a time.
#include <algorithm>

#include "autograd/ops/shape.h"
#include "nn/transformer.h"

namespace seqrec::nn {

void MultiHeadAttention::freeze_alone() {
  const autograd::NoGrad no_grad;
  alone_query_ = query_.alone();
  alone_key_value_ = {autograd::concat({key_.weight(), value_.weight()}, 0).value(),
                      autograd::concat({key_.bias(), value_.bias()}, 0).value()};
  alone_dense_ = dense_.alone();
}

void MultiHeadAttention::alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t queries, float* kv,
                               Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t width = alone_query_.in();
  const float* of_queries = x + (rows - queries) * width;
  float* q = arena.take<float>(queries * width).data();
  float* context = arena.take<float>(queries * width).data();
  alone_query_(queries, of_queries, q);
  alone_key_value_(rows, x, kv + known * 2 * width);
  kernels::alone::window_attention({.queries = queries,
                                    .first = known + rows - queries + 1,
                                    .width = width,
                                    .heads = heads_,
                                    .q_stride = width,
                                    .kv_stride = 2 * width,
                                    .q = q,
                                    .k = kv,
                                    .v = kv + width},
                                   arena, context);
  alone_dense_(queries, context, out);
  kernels::alone::add(queries * width, of_queries, out);
  norm_.alone(queries, out);
}

void FeedForward::freeze_alone() {
  alone_1_ = dense_1_.alone(activation_);
  alone_2_ = dense_2_.alone();
}

void FeedForward::alone(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  float* inner = arena.take<float>(rows * alone_1_.out()).data();
  alone_1_(rows, x, inner);
  alone_2_(rows, inner, out);
  kernels::alone::add(rows * alone_2_.out(), x, out);
  norm_.alone(rows, out);
}

void TransformerLayer::alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t queries, float* kv,
                             Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  float* attended = arena.take<float>(queries * multi_head_attention_.width()).data();
  multi_head_attention_.alone(known, rows, x, queries, kv, arena, attended);
  feed_forward_.alone(queries, attended, arena, out);
}

void TransformerEncoder::freeze_alone() {
  for (TransformerLayer& layer : layers_) layer.freeze_alone();
}

void TransformerEncoder::alone(std::int64_t known, std::int64_t rows, const float* x, std::int64_t length, float* kv,
                               Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  float* values[] = {arena.take<float>(rows * width_).data(), arena.take<float>(rows * width_).data()};
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i, x = values[0], std::swap(values[0], values[1])) {
    layers_[i].alone(known, rows, x, rows, kv, arena, values[0]);
    kv += length * 2 * width_;
  }
  layers_.back().alone(known, rows, x, 1, kv, arena, out);
}

}  // namespace seqrec::nn
