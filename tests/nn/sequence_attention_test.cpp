#include "nn/sequence_attention.h"

#include <cmath>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "nn/dice.h"
#include "nn/norm.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;
using kernels::Activation;
using kernels::random_tensor;
using kernels::Unary;

namespace {

double largest_difference(const Tensor& a, const Tensor& b) {
  const auto x = kernels::contiguous(a).to_vector<double>(), y = kernels::contiguous(b).to_vector<double>();
  REQUIRE(x.size() == y.size());
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

}  // namespace

TEST_CASE("sequence attention is a softmax of RecBole's perceptron over each window") {
  const std::int64_t width = 3;
  const SequenceAttention layer(Root(3, DType::F64), width, {5, 4});
  const auto parameters = layer.parameters();
  REQUIRE(parameters.size() == 6);
  CHECK(parameters[0].first == "att_mlp_layers.mlp_layers.1.weight");
  CHECK(parameters[2].first == "att_mlp_layers.mlp_layers.4.weight");
  CHECK(parameters[4].first == "dense.weight");

  const Windows windows({0, 0, 2, 1}, {3, 1, 2, 4}, 4);
  const Variable queries(random_tensor({4, width}, DType::F64, 1), true),
      keys(random_tensor({4, width}, DType::F64, 2), true);
  const Variable weights = layer(queries, keys, windows);

  // The plain way, [q, k, q - k, q * k] by entry.
  const Variable q = autograd::embedding(queries, windows.entry_windows());
  const Variable k = autograd::embedding(keys, windows.entry_values());
  Variable y = autograd::concat({q, k, q - k, q * k}, 1);
  for (std::size_t l = 0; l < 3; ++l)
    y = autograd::linear(y, parameters[2 * l].second, parameters[2 * l + 1].second,
                         l < 2 ? Activation(Unary::Sigmoid) : std::nullopt);
  const auto logits = y.value().to_vector<double>();
  const auto got = weights.value().to_vector<double>();
  for (std::int64_t w = 0, e = 0; w < 4; ++w) {
    double sum = 0;
    for (std::int64_t i = 0; i < windows.length(w); ++i) sum += std::exp(logits[e + i] / std::sqrt(3.0));
    for (std::int64_t i = 0; i < windows.length(w); ++i, ++e)
      CHECK(got[e] == doctest::Approx(std::exp(logits[e] / std::sqrt(3.0)) / sum));
  }
  // The folded first weight's gradient is the plain one's (of the logits, where no softmax takes it away).
  const Variable factor(random_tensor({windows.entries()}, DType::F64, 3));
  autograd::backward(autograd::sum(weights * factor));
  const Tensor folded = kernels::clone(parameters[0].second.grad().dense());
  const double step = 1e-6;
  Tensor first = parameters[0].second.value();
  for (const std::int64_t column : {1, 4, 7, 10}) {
    double values[2];
    for (const int side : {0, 1}) {
      first.at<double>({2, column}) += side == 0 ? -step : 2 * step;
      values[side] = autograd::sum(layer(queries, keys, windows) * factor).value().item();
    }
    first.at<double>({2, column}) -= step;
    CHECK(folded.at<double>({2, column}) == doctest::Approx((values[1] - values[0]) / (2 * step)).epsilon(1e-5));
  }
}

TEST_CASE("a perceptron without an activation is one affine map") {
  const ScoreMlp mlp(Root(3, DType::F64), 3, {5, 4}, {.activation = std::nullopt, .names = {"a", "b", "c"}});
  for (const auto& [name, parameter] : mlp.parameters()) {
    Tensor value = parameter.value();
    if (name.ends_with("bias")) kernels::copy(random_tensor(value.shape(), DType::F64, 1), value);
  }
  CHECK(ScoreMlp(Root(1), 3, {5}).parameters()[2].first == "score.weight");
  const auto [weight, bias] = mlp.collapsed();
  const Variable x(random_tensor({7, 3}, DType::F64, 2));
  CHECK(largest_difference(autograd::linear(x, weight, bias).value().reshape({7}), mlp(x).value()) < 1e-14);
  CHECK_THROWS_WITH_AS(ScoreMlp(Root(1), 3, {}, {.names = {"a"}}),
                       "[score_mlp] expected hidden layers and a name for each layer and the score's, got 0 and 1",
                       ShapeError);
}

TEST_CASE("Dice is swish where alpha is 0, and the identity where it is 1") {
  const Dice constant(Root(3, DType::F64), 3, false), learnable(Root(3, DType::F64), 3, true);
  CHECK(constant.parameters().empty());
  const Variable x(random_tensor({5, 3}, DType::F64, 1));
  CHECK(largest_difference(constant(x).value(), autograd::swish(x).value()) == 0);
  CHECK(largest_difference(learnable(x).value(), autograd::swish(x).value()) == 0);
  Tensor alpha = learnable.parameters()[0].second.value();
  kernels::fill(1, alpha);
  CHECK(largest_difference(learnable(x).value(), x.value()) < 1e-15);
}

TEST_CASE("layers with Dice have RecBole's names and normalise in training") {
  DiceMlp mlp(Root(3, DType::F64), 4, {3, 2});
  std::vector<std::string> names;
  for (const auto& [name, parameter] : mlp.parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"mlp_layers.1.weight", "mlp_layers.1.bias", "mlp_layers.2.weight",
                                          "mlp_layers.2.bias", "mlp_layers.3.alpha", "mlp_layers.5.weight",
                                          "mlp_layers.5.bias", "mlp_layers.6.weight", "mlp_layers.6.bias",
                                          "mlp_layers.7.alpha"});
  const Variable x(random_tensor({6, 4}, DType::F64, 1));
  CHECK(mlp(x).shape() == Shape{6, 2});
  mlp.eval();
  CHECK(mlp(Variable(random_tensor({1, 4}, DType::F64, 2))).shape() == Shape{1, 2});
  CHECK_THROWS_WITH_AS(DiceMlp(Root(1), 4, {}), "[dice_mlp] needs a hidden layer", ShapeError);
}
