#include "kernels/graph.h"

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/graph.h"
#include "kernels/reduce.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

/// The rows of each node's neighbours.
template <class T>
class NeighbourRows {
 public:
  NeighbourRows(const Tensor& table, const Ragged& neighbours)
      : table_(table.data<T>()),
        rows_(neighbours.ids.host().data()),
        begin_(neighbours.rows.begin().data()),
        end_(neighbours.rows.end().data()) {}
  MeanOf<T> operator[](std::int64_t node) const { return {table_, rows_ + begin_[node], end_[node] - begin_[node]}; }

 private:
  const T* table_;
  const std::int32_t *rows_, *begin_, *end_;
};

/// grad_table[u] = sum over the edges that name row u of d[node of the edge] / (neighbours of that node).
template <class T>
void mean_backward(const T* d, const Ragged& neighbours, Tensor& grad_table) {
  const Windows& windows = neighbours.rows;
  const std::int64_t width = grad_table.size(1);
  const Workspace<T> weights(windows.entries());
  for (std::int64_t i = 0, e = 0; i < windows.size(); ++i)
    for (std::int32_t k = 0; k < windows.length(i); ++k) weights.data()[e++] = T(1) / static_cast<T>(windows.length(i));
  const std::int32_t* node = windows.entry_windows().host().data();
  T* to = grad_table.data<T>();
  for_table_entries(neighbours.ids, windows, grad_table.size(0), width,
                    [&](std::int64_t u, std::span<const std::int32_t> edges) {
                      sum_rows<T>(std::ssize(edges), edges.data(), weights.data(), node, d, width, to + u * width);
                    });
}

}  // namespace

void gated_graph_cell(const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent, const Tensor& hidden,
                      const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out) {
  visit_real(hidden.dtype(), "gated_graph_cell", [&](auto t) {
    using T = decltype(t);
    const Tensor in = contiguous(incoming), out_of = contiguous(outgoing), recurrents = contiguous(recurrent),
                 states = contiguous(hidden), biases = contiguous(bias);
    const NeighbourRows<T> from(in, graph.incoming), to(out_of, graph.outgoing);
    const T *kept = recurrents.data<T>(), *h = states.data<T>(), *b = biases.data<T>();
    T *gate = gates.data<T>(), *y = out.data<T>();
    const std::int32_t* row = graph.rows.host().data();
    const std::int64_t width = hidden.size(1);
    for_rows(graph.nodes(), 8 * width, [&](std::int64_t i) {
      graph_cell_node<T>(width, from[i], to[i], b, kept + row[i] * (3 * width), h + row[i] * width,
                         gate + i * 3 * width, y + i * width);
    });
  });
}

void gated_graph_cell_backward(const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
                               const Tensor& gates, const Graph& graph, Tensor& grad_incoming, Tensor& grad_outgoing,
                               Tensor& grad_recurrent, Tensor& grad_hidden, Tensor& grad_bias) {
  visit_real(hidden.dtype(), "gated_graph_cell_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grad = contiguous(grad_out), kept = contiguous(recurrent), h = contiguous(hidden),
                 saved = contiguous(gates);
    const std::int64_t width = hidden.size(1);
    const Tensor d(gates.shape(), gates.dtype());
    for_table_rows(graph.rows, hidden.size(0), 8 * width, [&](std::int64_t m, std::span<const std::int32_t> nodes) {
      graph_cell_row_backward<T>(width, std::ssize(nodes), nodes.data(), grad.data<T>(), kept.data<T>() + m * 3 * width,
                                 h.data<T>() + m * width, saved.data<T>(), d.data<T>(),
                                 grad_recurrent.data<T>() + m * 3 * width, grad_hidden.data<T>() + m * width);
    });
    mean_backward<T>(d.data<T>(), graph.incoming, grad_incoming);
    mean_backward<T>(d.data<T>(), graph.outgoing, grad_outgoing);
    Tensor sums = grad_bias.reshape({1, 3 * width});
    cpu::sum(d, sums);
  });
}

}  // namespace seqrec::kernels::cpu
