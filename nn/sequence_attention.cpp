#include "nn/sequence_attention.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/pairs.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

std::vector<std::string> names_of(std::size_t hidden) {
  std::vector<std::string> names;
  for (std::size_t l = 0; l < hidden; ++l) names.push_back("att_mlp_layers.mlp_layers." + std::to_string(3 * l + 1));
  names.push_back("dense");
  return names;
}

}  // namespace

SequenceAttention::SequenceAttention(Scope at, std::int64_t width, const std::vector<std::int64_t>& hidden)
    : Module(at),
      width_(width),
      mlp_(at, 4 * width, hidden, {.activation = kernels::Unary::Sigmoid, .names = names_of(hidden.size())}) {}

// W [q, k, q - k, q * k] = (W_q + W_d) q + (W_k - W_d) k + W_p (q * k).
Variable SequenceAttention::folded_weight() const {
  const auto w = split(mlp_.first_weight(), 1, {width_, width_, width_, width_});
  return concat({w[0] + w[2], w[1] - w[2], w[3]}, 1);
}

Variable SequenceAttention::operator()(const Variable& queries, const Variable& keys, const Windows& windows) const {
  const Variable logits = mlp_(window_pairs(queries, keys, windows), folded_weight());
  return window_softmax(logits / std::sqrt(width_), windows.over_entries());
}

void SequenceAttention::freeze_alone() {
  const NoGrad no_grad;
  mlp_.freeze_alone(folded_weight());
}

void SequenceAttention::alone(std::int64_t queries, const float* of_queries, std::int64_t n, const float* keys,
                              Arena& arena, float* weights) const {
  constexpr std::int64_t kPairs = 192;  // whose hidden layers stay in the cache
  const Arena::Scope scope(arena);
  float* pairs = arena.take<float>(std::min(kPairs, queries * n) * 3 * width_).data();
  for (std::int64_t begin = 0, end; begin < queries * n; begin = end) {
    end = std::min(begin + kPairs, queries * n);
    float* to = pairs;
    for (std::int64_t pair = begin; pair < end; ++pair, to += 3 * width_) {
      const float *q = of_queries + pair / n * width_, *k = keys + pair % n * width_;
      std::copy_n(q, width_, to);
      std::copy_n(k, width_, to + width_);
      kernels::alone::multiply(width_, q, k, to + 2 * width_);
    }
    mlp_.alone(end - begin, pairs, arena, weights + begin);
  }
  kernels::alone::affine(1 / std::sqrt(width_), 0, queries * n, weights, weights);
  for (std::int64_t i = 0; i < queries; ++i) kernels::alone::softmax(n, weights + i * n, weights + i * n);
}

}  // namespace seqrec::nn
