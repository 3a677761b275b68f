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
