#include "kernels/graph.h"

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_graph(const Arguments& arguments, const Graph& graph, std::int64_t rows) {
  arguments.ids("nodes", graph.rows, graph.nodes(), rows);
  const auto check_side = [&](const char* name, const Ragged& neighbours) {
    require<ShapeError>(neighbours.rows.size() == graph.nodes(), "[", arguments.op, "] ", name,
                        ": expected windows of ", graph.nodes(), " nodes, got ", neighbours.rows.size());
    arguments.ids(name, neighbours.ids, neighbours.rows.values(), rows);
  };
  check_side("in-neighbours", graph.incoming);
  check_side("out-neighbours", graph.outgoing);
}

void check::gated_graph_cell(const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent,
                             const Tensor& hidden, const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out) {
  const Arguments arguments{"gated_graph_cell"};
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  const DType dtype = hidden.dtype();
  const std::int64_t rows = hidden.size(0), width = hidden.size(1);
  arguments.input("incoming", incoming, {rows, 3 * width}, dtype);
  arguments.input("outgoing", outgoing, {rows, 3 * width}, dtype);
  arguments.input("recurrent", recurrent, {rows, 3 * width}, dtype);
  arguments.input("bias", bias, {3 * width}, dtype);
  check_graph(arguments, graph, rows);
  arguments.result("gates", gates, {graph.nodes(), 3 * width}, dtype);
  arguments.result("out", out, {graph.nodes(), width}, dtype);
}

void check::gated_graph_cell_backward(const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
                                      const Tensor& gates, const Graph& graph, Tensor& grad_incoming,
                                      Tensor& grad_outgoing, Tensor& grad_recurrent, Tensor& grad_hidden,
                                      Tensor& grad_bias) {
  const Arguments arguments{"gated_graph_cell_backward"};
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  const DType dtype = hidden.dtype();
  const std::int64_t rows = hidden.size(0), width = hidden.size(1);
  arguments.input("recurrent", recurrent, {rows, 3 * width}, dtype);
  check_graph(arguments, graph, rows);
  arguments.input("grad_out", grad_out, {graph.nodes(), width}, dtype);
  arguments.input("gates", gates, {graph.nodes(), 3 * width}, dtype);
  arguments.result("grad_incoming", grad_incoming, {rows, 3 * width}, dtype);
  arguments.result("grad_outgoing", grad_outgoing, {rows, 3 * width}, dtype);
  arguments.result("grad_recurrent", grad_recurrent, {rows, 3 * width}, dtype);
  arguments.result("grad_hidden", grad_hidden, hidden.shape(), dtype);
  arguments.result("grad_bias", grad_bias, {3 * width}, dtype);
}

}  // namespace seqrec::kernels
