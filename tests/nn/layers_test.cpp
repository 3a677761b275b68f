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
  explicit Pair(Init& init) : first(3, 2, init), second(2, 2, init, false) {
    extra = add_parameter("extra", init.zeros({2}));
    add_module("first", first);
    add_module("second", second);
    add_module("norm", norm);
  }
  Linear first, second;
  Init init{1, DType::F64};
  BatchNorm1d norm{2, init};
  Variable extra;
};

Variable variable(std::initializer_list<double> values, Shape shape) {
  return Variable(Tensor::from(values, std::move(shape)));
}

}  // namespace

TEST_CASE("parameters and buffers are named by the path to them, in order of registration") {
  Init init(3, DType::F64);
  Pair pair(init);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : pair.state()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"extra", "first.weight", "first.bias", "second.weight", "norm.weight",
                                          "norm.bias", "norm.running_mean", "norm.running_var",
                                          "norm.num_batches_tracked"});
  pair.eval();
  CHECK_FALSE(pair.norm.training());
  pair.train();
  CHECK(pair.norm.training());
}

TEST_CASE("initial values depend on the seed and the order of creation alone") {
  Init a(3, DType::F32), b(3, DType::F32), c(4, DType::F32);
  a.normal({5}, 1.0);
  b.normal({500}, 1.0);
  CHECK(a.uniform({4}, 0.5).to_vector<float>() == b.uniform({4}, 0.5).to_vector<float>());
  CHECK(Init(3, DType::F32).normal({4}, 1).to_vector<float>() != c.normal({4}, 1).to_vector<float>());
}

TEST_CASE("initialisers have the spread that they promise") {
  Init init(5, DType::F64);
  const auto moments = [](const Tensor& tensor) {
    double sum = 0, squares = 0, most = 0;
    for (const double value : tensor.to_vector<double>()) {
      sum += value;
      squares += value * value;
      most = std::max(most, std::abs(value));
    }
    const auto n = static_cast<double>(tensor.numel());
    return std::array{sum / n, std::sqrt(squares / n), most};
  };
  const auto normal = moments(init.normal({100, 100}, 0.5));
  CHECK(std::abs(normal[0]) < 0.02);
  CHECK(normal[1] == doctest::Approx(0.5).epsilon(0.03));
  const auto uniform = moments(init.uniform({100, 100}, 0.3));
  CHECK(uniform[2] <= 0.3);
  CHECK(uniform[1] == doctest::Approx(0.3 / std::sqrt(3.0)).epsilon(0.03));
  CHECK(moments(init.xavier_normal({100, 300}))[1] == doctest::Approx(std::sqrt(2.0 / 400)).epsilon(0.03));
  CHECK(moments(init.xavier_uniform({100, 300}))[2] <= std::sqrt(6.0 / 400));
  CHECK_THROWS_WITH_AS(init.xavier_normal({3}), "[init] xavier needs a weight [out, in], got (3)", ShapeError);
}

TEST_CASE("linear, with its own and an extra bias") {
  Init init(1, DType::F64);
  Linear layer(Tensor::from<double>({1, 2, 3, 4}, {2, 2}), init);
  const Tensor bias = layer.parameters()[1].second.value();
  bias.at<double>({0}) = 0.5;
  bias.at<double>({1}) = -20;
  const Variable x = variable({1, 1}, {1, 2});
  CHECK(layer.forward(x).value().to_vector<double>() == std::vector<double>{3.5, -13});
  CHECK(layer.forward(x, variable({1, 2}, {2}), kernels::Unary::Relu).value().to_vector<double>() ==
        std::vector<double>{4.5, 0});
}

TEST_CASE("embedding refuses ids that are out of range") {
  Init init(1, DType::F32);
  const Embedding table(3, 2, init);
  CHECK(table.forward(Index({2, 0})).shape() == Shape{2, 2});
  CHECK_THROWS_AS(table.forward(Index({3})), ShapeError);
}

TEST_CASE("batch norm uses the batch in training, tracks it, and uses what it tracked in evaluation") {
  Init init(1, DType::F64);
  BatchNorm1d norm(1, init);
  const Variable x = variable({1, 3}, {2, 1});
  const auto y = norm.forward(x).value().to_vector<double>();
  CHECK(y[0] == doctest::Approx(-1).epsilon(1e-4));
  CHECK(norm.buffers()[0].second.item() == doctest::Approx(0.2));            // 0.9 * 0 + 0.1 * 2
  CHECK(norm.buffers()[1].second.item() == doctest::Approx(0.9 + 0.1 * 2));  // the unbiased variance
  CHECK(norm.buffers()[2].second.item() == 1);
  norm.eval();
  CHECK(norm.forward(variable({0.2}, {1, 1})).value().item() == doctest::Approx(0).epsilon(1e-9));
  norm.train();  // a row alone: by what was tracked, which stays
  CHECK(norm.forward(variable({0.2}, {1, 1})).value().item() == doctest::Approx(0).epsilon(1e-9));
  CHECK(norm.buffers()[2].second.item() == 1);
}

TEST_CASE("layer norm of a row has mean 0 and variance 1") {
  Init init(1, DType::F64);
  const LayerNorm norm(4, 1e-12, init);
  const auto y = norm.forward(variable({1, 2, 3, 6}, {1, 4})).value().to_vector<double>();
  double sum = 0, squares = 0;
  for (const double value : y) sum += value, squares += value * value;
  CHECK(sum == doctest::Approx(0));
  CHECK(squares / 4 == doctest::Approx(1));
}

TEST_CASE("dropout repeats with the step and differs between steps and calls") {
  Dropout dropout(0.5);
  const Variable x(Tensor::from(std::vector<double>(1000, 1.0), {1000}));
  dropout.begin_step(7, 3);
  const auto first = dropout.forward(x).value().to_vector<double>();
  const auto second = dropout.forward(x).value().to_vector<double>();
  dropout.begin_step(7, 3);
  CHECK(dropout.forward(x).value().to_vector<double>() == first);
  CHECK(second != first);
  dropout.begin_step(7, 4);
  CHECK(dropout.forward(x).value().to_vector<double>() != first);
  const auto kept = std::count(first.begin(), first.end(), 2.0);
  CHECK(kept > 400);
  CHECK(kept < 600);
  CHECK(std::count(first.begin(), first.end(), 0.0) == 1000 - kept);
  dropout.eval();
  CHECK(dropout.forward(x).value().to_vector<double>() == x.value().to_vector<double>());
  CHECK_THROWS_WITH_AS(Dropout(1.0), "a dropout probability must lie in [0, 1), got 1", ConfigError);
  CHECK_THROWS_AS(Dropout(-0.1), ConfigError);
}

TEST_CASE("an MLP has PyTorch's names, places and shapes") {
  Init init(1, DType::F64);
  Mlp mlp(4, {3, 2}, 0.1, kernels::Unary::Relu, init);
  mlp.eval();
  CHECK(mlp.forward(variable({1, 2, 3, 4}, {1, 4})).shape() == Shape{1, 2});
  const auto parameters = mlp.parameters();
  CHECK(parameters[0].first == "mlp_layers.1.weight");
  CHECK(parameters[2].first == "mlp_layers.4.weight");
  CHECK_THROWS_WITH_AS(Mlp(4, {}, 0, kernels::Unary::Relu, init), "[mlp] needs a hidden layer", ShapeError);
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
