#include "kernels/graph.h"

#include "tests/kernels/graph_cases.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

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
