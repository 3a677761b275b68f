#include <cmath>

#include <doctest/doctest.h>

#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/mlp.h"
#include "nn/norm.h"

using namespace seqrec;
using namespace seqrec::nn;

namespace {

class Pair : public Module {
 public:
  explicit Pair(Scope at)
      : Module(at),
        first(at / "first", 3, 2),
        second(at / "second", 2, 2, {.bias = false}),
        norm(at / "norm", 2),
        extra(at.parameter("extra", {2}, zeros())) {}
  Linear first, second;
  BatchNorm1d norm;
  Variable extra;
};

Variable variable(std::initializer_list<double> values, Shape shape) {
  return Variable(Tensor::from(values, std::move(shape)));
}

}  // namespace

TEST_CASE("parameters and buffers are named by the path to them, a module's own first, in order of creation") {
  Pair pair{Root(3, DType::F64)};
  std::vector<std::string> names;
  for (const auto& [name, tensor] : pair.state()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"extra", "first.weight", "first.bias", "second.weight", "norm.weight",
                                          "norm.bias", "norm.running_mean", "norm.running_var",
                                          "norm.num_batches_tracked"});
  CHECK(pair.first.parameters()[0].first == "weight");  // names count from the module
  CHECK(pair.norm.buffers()[0].first == "running_mean");
  pair.eval();
  CHECK_FALSE(pair.norm.training());
  pair.train();
  CHECK(pair.norm.training());
}

TEST_CASE("linear, with its own and an extra bias") {
  const Linear layer(Root(1, DType::F64), 2, 2,
                     {.initial_weight = values(Tensor::from<double>({1, 2, 3, 4}, {2, 2})),
                      .initial_bias = values(Tensor::from<double>({0.5, -20}, {2}))});
  const Variable x = variable({1, 1}, {1, 2});
  CHECK(layer(x).value().to_vector<double>() == std::vector<double>{3.5, -13});
  CHECK(layer(x, variable({1, 2}, {2}), kernels::Unary::Relu).value().to_vector<double>() ==
        std::vector<double>{4.5, 0});
  const Linear without(Root(1, DType::F64), 4, 3, {.bias = false});
  CHECK_FALSE(without.bias().defined());
  CHECK(without.parameters().size() == 1);
}

TEST_CASE("a fresh linear layer is PyTorch's") {
  const Linear layer(Root(1, DType::F64), 4, 300);
  for (const auto& [name, parameter] : layer.parameters()) {
    double most = 0;
    for (const double value : parameter.value().to_vector<double>()) most = std::max(most, std::abs(value));
    CHECK(most <= 0.5);
    CHECK(most > 0.49);
  }
}

TEST_CASE("embedding refuses ids that are out of range") {
  const Embedding table(Root(1), 3, 2);
  CHECK(table.rows() == 3);
  CHECK(table(Index({2, 0})).shape() == Shape{2, 2});
  CHECK_THROWS_AS(table(Index({3})), ShapeError);
  CHECK_THROWS_WITH_AS(Embedding(Root(1), 3, 2, {.padding = 3}),
                       "[embedding] padding must be a row of the 3, or -1 for none, got 3", UsageError);
}

TEST_CASE("an embedding's padding gets no gradient from look-ups") {
  const Embedding table(Root(1), 3, 2, {.padding = 0});
  autograd::backward(autograd::sum(table(Index({0, 2}))));
  CHECK(table.weight().grad().dense().to_vector<float>() == std::vector<float>{0, 0, 0, 0, 1, 1});
}

TEST_CASE("batch norm uses the batch in training, tracks it, and uses what it tracked in evaluation") {
  BatchNorm1d norm(Root(1, DType::F64), 1);
  const Variable x = variable({1, 3}, {2, 1});
  const auto y = norm(x).value().to_vector<double>();
  CHECK(y[0] == doctest::Approx(-1).epsilon(1e-4));
  CHECK(norm.buffers()[0].second.item() == doctest::Approx(0.2));            // 0.9 * 0 + 0.1 * 2
  CHECK(norm.buffers()[1].second.item() == doctest::Approx(0.9 + 0.1 * 2));  // the unbiased variance
  CHECK(norm.buffers()[2].second.item() == 1);
  norm.eval();
  CHECK(norm(variable({0.2}, {1, 1})).value().item() == doctest::Approx(0).epsilon(1e-9));
  norm.train();  // a row alone: by what was tracked, which stays
  CHECK(norm(variable({0.2}, {1, 1})).value().item() == doctest::Approx(0).epsilon(1e-9));
  CHECK(norm.buffers()[2].second.item() == 1);
}

TEST_CASE("layer norm of a row has mean 0 and variance 1") {
  const LayerNorm norm(Root(1, DType::F64), 4, {.eps = 1e-12});
  const auto y = norm(variable({1, 2, 3, 6}, {1, 4})).value().to_vector<double>();
  double sum = 0, squares = 0;
  for (const double value : y) sum += value, squares += value * value;
  CHECK(sum == doctest::Approx(0));
  CHECK(squares / 4 == doctest::Approx(1));
}

TEST_CASE("dropout repeats with the step and differs between steps and calls") {
  Dropout dropout(Root(1), 0.5);
  const Variable x(Tensor::from(std::vector<double>(1000, 1.0), {1000}));
  dropout.begin_step(7, 3);
  const auto first = dropout(x).value().to_vector<double>();
  const auto second = dropout(x).value().to_vector<double>();
  dropout.begin_step(7, 3);
  CHECK(dropout(x).value().to_vector<double>() == first);
  CHECK(second != first);
  dropout.begin_step(7, 4);
  CHECK(dropout(x).value().to_vector<double>() != first);
  const auto kept = std::count(first.begin(), first.end(), 2.0);
  CHECK(kept > 400);
  CHECK(kept < 600);
  CHECK(std::count(first.begin(), first.end(), 0.0) == 1000 - kept);
  dropout.eval();
  CHECK(dropout(x).value().to_vector<double>() == x.value().to_vector<double>());
  CHECK_THROWS_WITH_AS(Dropout(Root(1), 1.0), "a dropout probability must lie in [0, 1), got 1", ConfigError);
  CHECK_THROWS_AS(Dropout(Root(1), -0.1), ConfigError);
}

TEST_CASE("dropouts don't share masks, nor do their calls, where nobody ever begins a step") {
  const Root root(1);
  Dropout a(root / "a", 0.5), b(root / "b", 0.5);
  const Variable x(Tensor::from(std::vector<float>(1000, 1.0f), {1000}));
  const auto mask = [&](Dropout& dropout) { return dropout(x).value().to_vector<float>(); };
  const auto first = mask(a);
  CHECK(first != mask(b));
  CHECK(first != mask(a));
  const Root other(2), same(1);
  Dropout of_other(other / "a", 0.5), of_same(same / "a", 0.5);
  CHECK(first != mask(of_other));
  CHECK(first == mask(of_same));
}

TEST_CASE("an MLP has PyTorch's names, places and shapes") {
  Mlp mlp(Root(1, DType::F64), 4, {3, 2}, {.dropout = 0.1});
  mlp.eval();
  CHECK(mlp(variable({1, 2, 3, 4}, {1, 4})).shape() == Shape{1, 2});
  const auto parameters = mlp.parameters();
  CHECK(parameters[0].first == "mlp_layers.1.weight");
  CHECK(parameters[2].first == "mlp_layers.4.weight");
  const Mlp linear(Root(1), 4, {3, 2}, {.activation = std::nullopt});
  CHECK(linear.parameters()[2].first == "mlp_layers.3.weight");
  CHECK_THROWS_WITH_AS(Mlp(Root(1), 4, {}), "[mlp] needs a hidden layer", ShapeError);
}

TEST_CASE("the BPR and the BCE loss, for one negative and for several") {
  const Variable output = variable({1, 2}, {1, 2}), positive = variable({1, 1}, {1, 2});
  const auto term = [](double difference) { return -std::log(1e-10 + 1 / (1 + std::exp(-difference))); };
  CHECK(bpr_loss(output, positive, variable({0, 1}, {1, 2})).value().item() == doctest::Approx(term(1)));
  CHECK(bpr_loss(output, positive, variable({0, 1, 2, 2}, {2, 2})).value().item() ==
        doctest::Approx((term(1) + term(-3)) / 2));
  CHECK_THROWS_WITH_AS(bpr_loss(output, positive, variable({}, {0, 2})),
                       "[bpr_loss] expected at least one negative per row, got 0 for 1 rows", ShapeError);
  const auto log_sigmoid = [](double x) { return std::log(1 / (1 + std::exp(-x))); };
  CHECK(bce_loss(output, positive, variable({0, 1, 2, 2}, {2, 2})).value().item() ==
        doctest::Approx(-log_sigmoid(3) - (log_sigmoid(-2) + log_sigmoid(-6)) / 2));
  CHECK_THROWS_WITH_AS(bce_loss(output, positive, variable({}, {0, 2})),
                       "[bce_loss] expected at least one negative per row, got 0 for 1 rows", ShapeError);
}
