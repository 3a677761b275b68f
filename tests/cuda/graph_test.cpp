#include "kernels/graph.h"

#include "tests/cuda/windows.h"
#include "tests/kernels/graph_cases.h"

using namespace seqrec;
using namespace seqrec::kernels;

static void check_graph(Check how, DType dtype, const GraphCase& c) {
  const Tensor incoming = random_tensor({c.rows, 3 * c.width}, dtype, 1);
  const Tensor outgoing = random_tensor({c.rows, 3 * c.width}, dtype, 2);
  const Tensor recurrent = random_tensor({c.rows, 3 * c.width}, dtype, 3);
  const Tensor hidden = random_tensor({c.rows, c.width}, dtype, 4), bias = random_tensor({3 * c.width}, dtype, 5);
  Tensor gates({c.graph.nodes(), 3 * c.width}, dtype), out({c.graph.nodes(), c.width}, dtype);
  check_kernel(how, {gates, out}, [&](auto move, auto& r) {
    gated_graph_cell(move(incoming), move(outgoing), move(recurrent), move(hidden), move(bias), c.graph, r[0], r[1]);
  });
  gated_graph_cell(incoming, outgoing, recurrent, hidden, bias, c.graph, gates, out);
  const Tensor grad = random_tensor(out.shape(), dtype, 6);
  check_kernel(how, {incoming, outgoing, recurrent, hidden, bias}, [&](auto move, auto& r) {
    gated_graph_cell_backward(move(grad), move(recurrent), move(hidden), move(gates), c.graph, r[0], r[1], r[2], r[3],
                              r[4]);
  });
}

TEST_CASE("cuda: gated graph cell and its gradients" * many_shapes()) {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats) {
    for_each_size([&](std::int64_t nodes) {
      const std::int64_t rows = std::max<std::int64_t>(nodes / 3, 1);
      check_graph(Check::Once, dtype, {"random", random_graph(nodes, rows, 3), rows, 2});
    });
    for (const GraphCase& c : graph_cases()) {
      CAPTURE(c.name);
      check_graph(Check::Thoroughly, dtype, c);
      const cuda::GridLimitScope limit(2);
      check_graph(Check::Once, dtype, c);
    }
  }
}
