#include "nn/gru.h"

#include <cmath>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;
using kernels::GruCell;
using kernels::random_tensor;

TEST_CASE("a GRU has PyTorch's parameters, drawn within 1 / sqrt(width)") {
  const Root root(3, DType::F64);
  const Gru layer(root / "layer", 5, 4), cell(root / "cell", 5, 4, {.cell = GruCell::AuGru, .suffix = ""});
  std::set<std::string> names;
  for (const auto& [name, tensor] : layer.state()) {
    names.insert(name);
    for (const double value : tensor.to_vector<double>()) CHECK(std::abs(value) <= 0.5);
  }
  CHECK(names == std::set<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"});
  CHECK(cell.state()[0].first == "weight_ih");
}

TEST_CASE("a GRU without biases steps as with zeros, and has none among its parameters") {
  const Gru without(Root(3, DType::F64), 5, 4, {.bias = false}),
      with(Root(3, DType::F64), 5, 4, {.initial_bias = zeros()});  // the same weights, of the same names
  CHECK(without.state().size() == 2);
  const Variable x(random_tensor({3, 5}, DType::F64, 1));
  const Windows windows({0, 1}, {3, 3}, 3);
  const Variable states = without(x, windows);
  CHECK(states.value().to_vector<double>() == with(x, windows).value().to_vector<double>());
  autograd::backward(autograd::sum(states));
  CHECK(without.parameters()[1].second.grad().defined());
}

TEST_CASE("a GRU's steps, by hand") {
  // One input, one state: all weights 1, biases 0.
  const auto cell_of = [](GruCell cell) {
    return Gru(Root(1, DType::F64), 1, 1, {.cell = cell, .initial_weight = constant(1), .initial_bias = zeros()});
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto step = [&](double x, double h, double share) {
    const double n = std::tanh(x + sigmoid(x + h) * h);
    return (1 - share) * h + share * n;
  };
  const Variable x(Tensor::from({0.5, -1.0}, {2, 1})), scores(Tensor::from({0.25, 0.75}, {2}));
  const Windows windows({0}, {2}, 2);
  const auto states = [&](GruCell cell, const Variable& a) {
    const Gru gru = cell_of(cell);
    return gru.states(gru.project(x), windows, a).value().to_vector<double>();
  };

  auto h = states(GruCell::Gru, Variable());
  CHECK(h[0] == doctest::Approx(step(0.5, 0, 1 - sigmoid(0.5))));
  CHECK(h[1] == doctest::Approx(step(-1, h[0], 1 - sigmoid(-1 + h[0]))));
  h = states(GruCell::AiGru, scores);
  CHECK(h[1] == doctest::Approx(step(-0.75, h[0], 1 - sigmoid(-0.75 + h[0]))));
  h = states(GruCell::AGru, scores);
  CHECK(h[1] == doctest::Approx(step(-1, h[0], 0.75)));
  h = states(GruCell::AuGru, scores);
  CHECK(h[1] == doctest::Approx(step(-1, h[0], 0.75 * sigmoid(-1 + h[0]))));
  h = states(GruCell::AuGruAuthor, scores);
  CHECK(h[1] == doctest::Approx(step(-1, h[0], 1 - 0.25 * sigmoid(-1 + h[0]))));

  CHECK_THROWS_WITH_AS(cell_of(GruCell::AGru)(x, windows), "[gru] scores: expected some for this cell", ShapeError);
}
