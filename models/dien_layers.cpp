#include "models/dien_layers.h"

#include <algorithm>
#include <utility>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"

namespace seqrec::models {

using namespace autograd;
using kernels::Activation;
using kernels::GruCell;
using kernels::Unary;

namespace {

/// RecBole's MLPLayers without an activation count a dropout and a linear layer.
std::vector<std::string> auxiliary_names(std::size_t layers) {
  std::vector<std::string> names;
  for (std::size_t l = 0; l < layers; ++l) names.push_back("mlp_layers." + std::to_string(2 * l + 1));
  return names;
}

bool is_plain(GruCell cell) { return cell == GruCell::Gru || cell == GruCell::AiGru; }

/// RecBole's AGRUCell and AUGRUCell begin with N(0, 1), its GRUs as PyTorch's.
nn::Gru evolving_gru(nn::Scope at, std::int64_t width, GruCell cell) {
  if (is_plain(cell)) return {at / "dynamic_rnn", width, width, {.cell = cell}};
  return {at / "dynamic_rnn.rnn",
          width,
          width,
          {.cell = cell, .suffix = "", .initial_weight = nn::normal(1), .initial_bias = nn::zeros()}};
}

}  // namespace

InterestExtractorNetwork::InterestExtractorNetwork(nn::Scope at, std::int64_t width,
                                                   const std::vector<std::int64_t>& hidden, Auxiliary auxiliary)
    : Module(at), auxiliary_(auxiliary), gru_(at / "gru", width, width) {
  if (auxiliary == Auxiliary::Dot) return;
  nn::ScoreMlpOptions options{.activation = std::nullopt, .names = auxiliary_names(hidden.size() + 1)};
  if (auxiliary == Auxiliary::Mlp) options.activation = Unary::Sigmoid;
  auxiliary_net_.emplace(at / "auxiliary_net", 2 * width, hidden, options);
}

Variable InterestExtractorNetwork::operator()(const DienHistory& history, const Variable& items) const {
  return gru_.states(embedding(gru_.project(items), history.value_items), history.runs);
}

Variable InterestExtractorNetwork::auxiliary_loss(const DienPairs& pairs, const Variable& states,
                                                  const Variable& items) const {
  const std::int64_t count = pairs.states.size();
  const Tensor labels = pairs.labels.on(states.dtype(), states.device());
  const Tensor shares = pairs.weights.on(states.dtype(), states.device());
  const Variable chosen = embedding(items, pairs.items);

  if (auxiliary_ == Auxiliary::Mlp)
    return auxiliary_net_->loss(concat({embedding(states, pairs.states), chosen}, 1), labels, shares);
  Variable logits;
  if (auxiliary_ == Auxiliary::Linear) {
    const auto [weight, bias] = auxiliary_net_->collapsed();
    const auto parts = split(weight, 1, {weight.shape()[1] / 2, weight.shape()[1] / 2});
    logits = embedding(matmul(states, parts[0], false, true), pairs.states) + linear(chosen, parts[1], bias);
  } else {
    logits = sum(embedding(states, pairs.states) * chosen, 1);
  }
  return sum(binary_cross_entropy(reshape(logits, {count}), labels) * Variable(shares));
}

InterestEvolvingLayer::InterestEvolvingLayer(nn::Scope at, std::int64_t width, const std::vector<std::int64_t>& hidden,
                                             GruCell cell)
    : Module(at),
      cell_(cell),
      attention_layer_(at / "attention_layer", width, hidden),
      dynamic_rnn_(evolving_gru(at, width, cell)) {}

InterestEvolvingLayer::Shared InterestEvolvingLayer::share(const DienHistory& history,
                                                           const Variable& interests) const {
  const Variable projected = dynamic_rnn_.project(interests);
  if (cell_ != GruCell::Gru) return {interests, projected};
  return {dynamic_rnn_.states(projected, history.runs.over_entries()), Variable()};
}

Variable InterestEvolvingLayer::operator()(const Shared& shared, const Variable& queries,
                                           const Windows& windows) const {
  const Variable weights = attention_layer_(queries, shared.keys, windows);
  if (cell_ == GruCell::Gru) {
    return window_weighted_sum(weights, shared.keys, Index::range(windows.values()), windows);
  }
  return window_last(dynamic_rnn_.states(shared.projected, windows, weights), windows.over_entries());
}

}  // namespace seqrec::models
