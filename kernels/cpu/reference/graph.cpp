#include "kernels/graph.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

/// For every node the mean of its neighbours' rows; 0 without neighbours.
static Array neighbour_means(const Tensor& table, const Ragged& neighbours) {
  const Windows& windows = neighbours.rows;
  const Array handed_on = gather(gather(matrix(table), neighbours.ids), windows.entry_values());
  return scatter(windows.size(), windows.entry_windows(), handed_on).colwise() / lengths(windows);
}

/// Its gradient, [rows of the table, columns].
static Array neighbour_means_gradient(const Array& grad_means, const Ragged& neighbours, std::int64_t rows) {
  const Windows& windows = neighbours.rows;
  const Array by_entry = gather(grad_means.colwise() / lengths(windows), windows.entry_windows());
  return scatter(rows, neighbours.ids, scatter(windows.values(), windows.entry_values(), by_entry));
}

void gated_graph_cell(const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent, const Tensor& hidden,
                      const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out) {
  const std::int64_t width = hidden.size(1);
  Array input = neighbour_means(incoming, graph.incoming) + neighbour_means(outgoing, graph.outgoing);
  input.rowwise() += row(bias);
  const Array kept = gather(matrix(recurrent), graph.rows), h = gather(matrix(hidden), graph.rows);
  const Array r = (input + kept).leftCols(width).unaryExpr(&sigmoid);
  const Array z = (input + kept).middleCols(width, width).unaryExpr(&sigmoid);
  const Array n = (input.rightCols(width) + r * kept.rightCols(width)).unaryExpr(&tanh);
  write(gates, beside({r, z, n}));
  write(out, (1 - z) * h + z * n);
}

void gated_graph_cell_backward(const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
                               const Tensor& gates, const Graph& graph, Tensor& grad_incoming, Tensor& grad_outgoing,
                               Tensor& grad_recurrent, Tensor& grad_hidden, Tensor& grad_bias) {
  const std::int64_t width = hidden.size(1), count = hidden.size(0);
  const Array grad = matrix(grad_out), gate = matrix(gates), h = gather(matrix(hidden), graph.rows);
  const Array r = gate.leftCols(width), z = gate.middleCols(width, width), n = gate.rightCols(width);
  const Array d_n = grad * z * (1 - n.square());
  const Array d_z = grad * (n - h) * z * (1 - z);
  const Array d_r = d_n * gather(matrix(recurrent), graph.rows).rightCols(width) * r * (1 - r);
  const Array d = beside({d_r, d_z, d_n});
  write(grad_bias, d.colwise().sum());
  write(grad_incoming, neighbour_means_gradient(d, graph.incoming, count));
  write(grad_outgoing, neighbour_means_gradient(d, graph.outgoing, count));
  write(grad_recurrent, scatter(count, graph.rows, beside({d_r, d_z, r * d_n})));
  write(grad_hidden, scatter(count, graph.rows, (1 - z) * grad));
}

}  // namespace seqrec::kernels::reference
