#include "nn/score_mlp.h"

#include <utility>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/score_mlp.h"
#include "autograd/ops/shape.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

ScoreMlp::ScoreMlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const ScoreMlpOptions& options)
    : Module(at), activation_(options.activation) {
  std::vector<std::string> names = options.names;
  if (names.empty()) {
    for (std::size_t l = 0; l < hidden.size(); ++l) names.push_back(concat("layer.", l));
    names.push_back("score");
  }
  require<ShapeError>(!hidden.empty() && names.size() == hidden.size() + 1, "[score_mlp] expected hidden layers and ",
                      "a name for each layer and the score's, got ", hidden.size(), " and ", names.size());
  for (std::size_t l = 0; l < names.size(); ++l) {
    const std::int64_t out = l < hidden.size() ? hidden[l] : 1;
    layers_.emplace_back(at / names[l], in, out,
                         LinearOptions{.initial_weight = xavier_normal(), .initial_bias = zeros()});
    in = out;
  }
}

std::vector<Variable> ScoreMlp::layer_parameters() const {
  std::vector<Variable> out;
  for (const Linear& layer : layers_) {
    out.push_back(layer.weight());
    out.push_back(layer.bias());
  }
  return out;
}

Variable ScoreMlp::operator()(const Variable& x) const { return (*this)(x, first_weight()); }

Variable ScoreMlp::operator()(const Variable& x, const Variable& first_weight) const {
  std::vector<Variable> parameters = layer_parameters();
  parameters[0] = first_weight;
  return score_mlp(x, parameters, activation_);
}

Variable ScoreMlp::loss(const Variable& x, const Tensor& targets, const Tensor& weights) const {
  return score_mlp_loss(x, layer_parameters(), activation_, targets, weights);
}

void ScoreMlp::freeze_alone(const Variable& first_weight) {
  alone_.clear();
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    const Tensor& weight = (l == 0 ? first_weight : layers_[l].weight()).value();
    alone_.emplace_back(weight, layers_[l].bias().value(), activation_);
  }
}

void ScoreMlp::alone(std::int64_t rows, const float* x, Arena& arena, float* scores) const {
  constexpr std::int64_t kPad = 16;  // elements between rows: columns apart don't share cache sets
  const Arena::Scope scope(arena);
  std::int64_t stride = alone_.front().in();
  for (const kernels::alone::Linear& layer : alone_) {
    float* y = arena.take<float>(rows * (layer.out() + kPad)).data();
    layer(rows, x, stride, y, layer.out() + kPad);
    x = y;
    stride = layer.out() + kPad;
  }
  const float* weight = layers_.back().weight().value().data<float>();
  const float bias = *layers_.back().bias().value().data<float>();
  const std::int32_t first[] = {0};
  for (std::int64_t i = 0; i < rows; ++i) {
    kernels::alone::gather_dot(weight, first, x + i * stride, alone_.back().out(), scores + i);
    scores[i] += bias;
  }
}

std::pair<Variable, Variable> ScoreMlp::collapsed() const {
  Variable weight = layers_.back().weight(), bias = layers_.back().bias();
  for (auto layer = layers_.rbegin() + 1; layer != layers_.rend(); ++layer) {
    const Variable& below = layer->bias();
    bias = bias + reshape(matmul(weight, reshape(below, {below.shape()[0], 1})), {1});
    weight = matmul(weight, layer->weight());
  }
  return {weight, bias};
}

}  // namespace seqrec::nn
