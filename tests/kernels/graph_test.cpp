#include "kernels/graph.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Adjacent lists of 0 to `longest` rows per node.
Ragged random_neighbours(std::int64_t nodes, std::int64_t rows, std::uint32_t longest, std::uint64_t part) {
  Random random(random_stream(9, Purpose::Test, part));
  std::vector<std::int32_t> offsets{0};
  for (std::int64_t i = 0; i < nodes; ++i)
    offsets.push_back(offsets.back() + static_cast<std::int32_t>(random.below(longest + 1)));
  const std::int64_t edges = offsets.back();
  return {Windows::adjacent(std::move(offsets)), edges == 0 ? Index() : random_ids(edges, rows, part)};
}

Graph random_graph(std::int64_t nodes, std::int64_t rows, std::uint32_t longest) {
  return {.rows = nodes == 0 ? Index() : random_ids(nodes, rows, 1),
          .incoming = random_neighbours(nodes, rows, longest, 2),
          .outgoing = random_neighbours(nodes, rows, longest, 3)};
}

/// Ragged that several nodes share: windows that overlap.
Graph shared_neighbours() {
  const Index rows = random_ids(13, 5, 4);
  return {.rows = Index({4, 0, 4, 2}),
          .incoming = {Windows({0, 2, 2, 5}, {3, 2, 13, 6}, 13), rows},
          .outgoing = {Windows({12, 0, 1, 0}, {13, 1, 2, 13}, 13), rows}};
}

struct GraphCase {
  const char* name;
  Graph graph;
  std::int64_t rows, width;
};

std::vector<GraphCase> graph_cases() {
  return {{"no node", random_graph(0, 3, 2), 3, 5},
          {"one node, no edge", random_graph(1, 1, 0), 1, 1},
          {"short lists", random_graph(1031, 211, 2), 211, 64},
          {"long lists", random_graph(29, 17, 101), 17, 33},
          {"one row", random_graph(67, 1, 5), 1, 7},
          {"many rows", random_graph(13, 499, 1), 499, 100},
          {"shared lists", shared_neighbours(), 5, 9}};
}

}  // namespace

TEST_CASE("gated graph cell and its gradients") {
  for (const DType dtype : kFloats)
    for (const GraphCase& c : graph_cases()) {
      INFO(c.name);
      const Tensor incoming = random_tensor({c.rows, 3 * c.width}, dtype, 1);
      const Tensor outgoing = random_tensor({c.rows, 3 * c.width}, dtype, 2);
      const Tensor recurrent = random_tensor({c.rows, 3 * c.width}, dtype, 3);
      const Tensor hidden = random_tensor({c.rows, c.width}, dtype, 4);
      const Tensor bias = random_tensor({3 * c.width}, dtype, 5);
      Tensor gates({c.graph.nodes(), 3 * c.width}, dtype), out({c.graph.nodes(), c.width}, dtype);
      check_parity({gates, out}, 64, [&](auto& r) {
        kernels::gated_graph_cell(with_gaps(incoming), with_gaps(outgoing), with_gaps(recurrent), with_gaps(hidden),
                                  with_gaps(bias), c.graph, r[0], r[1]);
      });
      kernels::gated_graph_cell(incoming, outgoing, recurrent, hidden, bias, c.graph, gates, out);
      const Tensor grad = random_tensor(out.shape(), dtype, 6);
      check_parity({incoming, outgoing, recurrent, hidden, bias}, 256, [&](auto& r) {
        kernels::gated_graph_cell_backward(with_gaps(grad), with_gaps(recurrent), with_gaps(hidden), with_gaps(gates),
                                           c.graph, r[0], r[1], r[2], r[3], r[4]);
      });
    }
}

TEST_CASE("gated graph cell refuses what doesn't fit") {
  const Graph graph = shared_neighbours();
  Tensor table({5, 6}), hidden({5, 2}), bias({6}), gates({4, 6}), out({4, 2});
  const auto message = [&](const Graph& g, const Tensor& recurrent) {
    return message_of([&] { kernels::gated_graph_cell(table, table, recurrent, hidden, bias, g, gates, out); });
  };
  CHECK(message(graph, table) == "");
  CHECK(message(graph, hidden) == "[gated_graph_cell] recurrent: expected (5, 6), got (5, 2)");
  Graph other = graph;
  other.rows = Index({4, 0, 5, 2});
  CHECK(message(other, table) == "[gated_graph_cell] nodes: expected ids below 5, got 5");
  other = graph;
  other.outgoing.rows = Windows({0, 0}, {1, 1}, 13);
  CHECK(message(other, table) == "[gated_graph_cell] out-neighbours: expected windows of 4 nodes, got 2");
  other = graph;
  other.incoming.ids = Index({1, 2, 3});
  CHECK(message(other, table) == "[gated_graph_cell] in-neighbours: expected 13 ids, got 3");
  CHECK(message_of([&] {
          kernels::gated_graph_cell_backward(hidden, table, hidden, gates, graph, table, table, table, hidden, bias);
        }) == "[gated_graph_cell_backward] grad_out: expected (4, 2), got (5, 2)");
}
