#include "kernels/graph.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

/// The mean over a node's neighbours of column j of `table`; 0 without neighbours.
template <class T>
static double neighbour_mean(const Elements<T>& table, const Ragged& neighbours, std::int64_t node, std::int64_t j) {
  double sum = 0;
  for (std::int64_t e = neighbours.rows.begin()[node]; e < neighbours.rows.end()[node]; ++e)
    sum += table(neighbours.ids[e], j);
  return neighbours.rows.length(node) == 0 ? 0 : sum / neighbours.rows.length(node);
}

void gated_graph_cell(const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent, const Tensor& hidden,
                      const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out) {
  visit_float(hidden.dtype(), "gated_graph_cell", [&](auto t) {
    using T = decltype(t);
    const Elements<T> in(incoming), to(outgoing), kept(recurrent), h(hidden), b(bias), gate(gates), y(out);
    const std::int64_t width = hidden.size(1);
    for (std::int64_t i = 0; i < graph.nodes(); ++i) {
      const std::int64_t m = graph.rows[i];
      const auto input = [&](std::int64_t j) {
        return b(j) + neighbour_mean(in, graph.incoming, i, j) + neighbour_mean(to, graph.outgoing, i, j);
      };
      for (std::int64_t j = 0; j < width; ++j) {
        const double r = sigmoid(input(j) + kept(m, j));
        const double z = sigmoid(input(width + j) + kept(m, width + j));
        const double n = std::tanh(input(2 * width + j) + r * kept(m, 2 * width + j));
        gate(i, j) = static_cast<T>(r);
        gate(i, width + j) = static_cast<T>(z);
        gate(i, 2 * width + j) = static_cast<T>(n);
        y(i, j) = static_cast<T>((1 - z) * h(m, j) + z * n);
      }
    }
  });
}

void gated_graph_cell_backward(const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
                               const Tensor& gates, const Graph& graph, Tensor& grad_incoming, Tensor& grad_outgoing,
                               Tensor& grad_recurrent, Tensor& grad_hidden, Tensor& grad_bias) {
  visit_float(hidden.dtype(), "gated_graph_cell_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> grad(grad_out), kept(recurrent), h(hidden), gate(gates);
    const std::int64_t width = hidden.size(1);
    Sums<T> d_in(grad_incoming), d_out(grad_outgoing), d_kept(grad_recurrent), d_hidden(grad_hidden), d_bias(grad_bias);
    for (std::int64_t i = 0; i < graph.nodes(); ++i) {
      const std::int64_t m = graph.rows[i];
      const auto add_input = [&](std::int64_t column, double d) {
        d_bias(0, column) += d;
        const auto add_side = [&](Sums<T>& sums, const Ragged& neighbours) {
          for (std::int64_t e = neighbours.rows.begin()[i]; e < neighbours.rows.end()[i]; ++e)
            sums(neighbours.ids[e], column) += d / neighbours.rows.length(i);
        };
        add_side(d_in, graph.incoming);
        add_side(d_out, graph.outgoing);
      };
      for (std::int64_t j = 0; j < width; ++j) {
        const double g = grad(i, j), r = gate(i, j), z = gate(i, width + j), n = gate(i, 2 * width + j);
        const double d_n = g * z * (1 - n * n);
        const double d_z = g * (n - h(m, j)) * z * (1 - z);
        const double d_r = d_n * kept(m, 2 * width + j) * r * (1 - r);
        add_input(j, d_r);
        add_input(width + j, d_z);
        add_input(2 * width + j, d_n);
        d_kept(m, j) += d_r;
        d_kept(m, width + j) += d_z;
        d_kept(m, 2 * width + j) += r * d_n;
        d_hidden(m, j) += (1 - z) * g;
      }
    }
  });
}

}  // namespace seqrec::kernels::reference
