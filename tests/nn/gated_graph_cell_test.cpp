#include "nn/gated_graph_cell.h"

#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"
#include "kernels/copy.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;

namespace {

using ByName = std::map<std::string, Variable>;

/// The cell step by step, with products for every node and RecBole's order of operations.
Variable composite(const ByName& p, const Variable& hidden, const Graph& graph, std::int64_t width) {
  using namespace autograd;
  const auto edge = [&](const char* name, const Ragged& side, const char* bias) {
    const Variable x = linear(hidden, p.at(std::string(name) + ".weight"), p.at(std::string(name) + ".bias"));
    return window_mean(embedding(x, side.ids), side.rows) + p.at(bias);
  };
  const Variable own = embedding(hidden, graph.rows);
  const Variable input =
      concat({edge("linear_edge_in", graph.incoming, "b_iah"), edge("linear_edge_out", graph.outgoing, "b_ioh")}, 1);
  const auto i = split(linear(input, p.at("w_ih"), p.at("b_ih")), 1, {width, width, width});
  const auto h = split(linear(own, p.at("w_hh"), p.at("b_hh")), 1, {width, width, width});
  const Variable reset = sigmoid(i[0] + h[0]), update = sigmoid(i[1] + h[1]);
  return affine(update, -1, 1) * own + update * autograd::tanh(i[2] + reset * h[2]);
}

}  // namespace

TEST_CASE("the gated graph cell is its plain composite, output and gradients") {
  const GatedGraphCell cell(Root(3, DType::F64), 5);
  const Variable hidden(kernels::random_tensor({4, 5}, DType::F64, 1), true);
  // Node 2 has no neighbour, row 3 stands for two nodes, a neighbour stands twice.
  const Graph graph{.rows = Index({3, 0, 2, 3}),
                    .incoming = {Windows::adjacent({0, 1, 1, 1, 4}), Index({0, 1, 1, 2})},
                    .outgoing = {Windows::adjacent({0, 2, 3, 3, 3}), Index({1, 3, 0})}};
  ByName parameters;
  for (const auto& [name, parameter] : cell.parameters()) parameters[name] = parameter;
  const auto run = [&](const Variable& output) {
    std::vector<std::vector<double>> results{kernels::contiguous(output.value()).to_vector<double>()};
    autograd::backward(autograd::sum(autograd::square(output)));
    for (auto& [name, parameter] : parameters) {
      results.push_back(kernels::contiguous(parameter.grad().dense()).to_vector<double>());
      parameter.clear_grad();
    }
    results.push_back(hidden.grad().dense().to_vector<double>());
    Variable(hidden).clear_grad();
    return results;
  };
  const auto fused = run(cell(hidden, graph)), plain = run(composite(parameters, hidden, graph, 5));
  REQUIRE(fused.size() == 12);
  for (std::size_t i = 0; i < fused.size(); ++i) {
    REQUIRE(fused[i].size() == plain[i].size());
    for (std::size_t j = 0; j < fused[i].size(); ++j) CHECK(fused[i][j] == doctest::Approx(plain[i][j]).epsilon(1e-9));
  }
}
