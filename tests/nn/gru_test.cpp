#include "nn/gru.h"

#include <cmath>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "autograd/ops/reduce.h"
#include "core/error.h"

using namespace seqrec;
using namespace seqrec::nn;
using kernels::GruCell;

TEST_CASE("a GRU has PyTorch's parameters, drawn within 1 / sqrt(width)") {
  Init init(3, DType::F64);
  const Gru layer(GruCell::Gru, 5, 4, init), cell(GruCell::AuGru, 5, 4, init, "");
  std::set<std::string> names;
  for (const auto& [name, tensor] : layer.state()) {
    names.insert(name);
    for (const double value : tensor.to_vector<double>()) CHECK(std::abs(value) <= 0.5);
  }
  CHECK(names == std::set<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"});
  CHECK(cell.state()[0].first == "weight_ih");
}

TEST_CASE("a GRU without biases steps as with zeros, and has none among its parameters") {
  Init init(3, DType::F64);
  const Tensor in = init.uniform({12, 5}, 0.5), own = init.uniform({12, 4}, 0.5), zeros = init.zeros({12});
  const Gru without(GruCell::Gru, in, own, Tensor(), Tensor(), "_l0"), with(GruCell::Gru, in, own, zeros, zeros, "_l0");
  CHECK(without.state().size() == 2);
  const Variable x(init.uniform({3, 5}, 1.0));
  const Windows windows({0, 1}, {3, 3}, 3);
  const Variable states = without.forward(without.project(x), windows);
  CHECK(states.value().to_vector<double>() == with.forward(with.project(x), windows).value().to_vector<double>());
  autograd::backward(autograd::sum(states));
  CHECK(without.parameters()[1].second.grad().defined());
}

TEST_CASE("a GRU's steps, by hand") {
  // One input, one state: all weights 1, biases 0.
  const auto ones = [](Shape shape) { return Tensor::from(std::vector<double>(3, 1.0), shape); };
  const auto zeros = [] { return Tensor::zeros({3}, DType::F64); };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto step = [&](double x, double h, double share) {
    const double n = std::tanh(x + sigmoid(x + h) * h);
    return (1 - share) * h + share * n;
  };
  const Variable x(Tensor::from({0.5, -1.0}, {2, 1})), scores(Tensor::from({0.25, 0.75}, {2}));
  const Windows windows({0}, {2}, 2);
  const auto states = [&](GruCell cell, const Variable& a) {
    const Gru gru(cell, ones({3, 1}), ones({3, 1}), zeros(), zeros(), "");
    return gru.forward(gru.project(x), windows, a).value().to_vector<double>();
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

  const Gru attention(GruCell::AGru, ones({3, 1}), ones({3, 1}), zeros(), zeros(), "");
  CHECK_THROWS_WITH_AS(attention.forward(attention.project(x), windows), "[gru] scores: expected some for this cell",
                       ShapeError);
}
