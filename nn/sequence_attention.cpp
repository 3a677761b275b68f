#include "nn/sequence_attention.h"

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

Variable SequenceAttention::operator()(const Variable& queries, const Variable& keys, const Windows& windows) const {
  // W [q, k, q - k, q * k] = (W_q + W_d) q + (W_k - W_d) k + W_p (q * k).
  const auto w = split(mlp_.first_weight(), 1, {width_, width_, width_, width_});
  const Variable folded = concat({w[0] + w[2], w[1] - w[2], w[3]}, 1);
  const Variable logits = mlp_(window_pairs(queries, keys, windows), folded);
  return window_softmax(logits / std::sqrt(width_), windows.over_entries());
}

}  // namespace seqrec::nn
