#include "kernels/copy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/segments.h"
#include "kernels/cuda/window_sums.h"
#include "kernels/graph.h"
#include "kernels/reduce.h"

namespace seqrec::kernels::cuda {
namespace {

/// The rows of each node's neighbours.
struct Neighbours {
  const std::int32_t* rows;
  WindowEntries nodes;

  Neighbours(const Ragged& neighbours, Device device)
      : rows(neighbours.ids.on(device).data<std::int32_t>()), nodes(neighbours.rows, device) {}

  template <class F>
  void for_each_pointer(F f) const {
    f(rows);
    nodes.for_each_pointer(f);
  }
};

/// sums += the mean of the three parts of the neighbours' rows.
template <class T, int N>
__device__ __forceinline__ void add_mean(Pack<T, N> (&sums)[3], const T* table, const Neighbours& neighbours,
                                         std::int64_t node, std::int64_t width, std::int64_t column) {
  const std::int64_t degree = neighbours.nodes.length(node);
  const std::int32_t* const rows = neighbours.rows + neighbours.nodes.begin[node];
  Pack<T, N> parts[3] = {};
#pragma unroll 2
  for (std::int64_t i = 0; i < degree; ++i) {
    const T* const row = table + rows[i] * (3 * width) + column;
#pragma unroll
    for (int part = 0; part < 3; ++part) add_row(parts[part], T(1), row + part * width);
  }
  const T share = degree == 0 ? T(0) : 1 / static_cast<T>(degree);
#pragma unroll
  for (int part = 0; part < 3; ++part)
    for (int l = 0; l < N; ++l) sums[part].lane[l] += share * parts[part].lane[l];
}

/// A thread a pack of a node's columns.
template <class T, int N>
__global__ void graph_cell_kernel(const T* incoming, Neighbours sources, const T* outgoing, Neighbours targets,
                                  const T* recurrent, const T* hidden, const T* bias, const std::int32_t* rows,
                                  std::int64_t nodes, std::int64_t width, T* gates, T* out) {
  for_each_index(nodes * (width / N), [&](std::int64_t i) {
    const std::int64_t node = i * N / width, column = i * N - node * width, row = rows[node];
    Pack<T, N> a[3], kept[3], h;
#pragma unroll
    for (int part = 0; part < 3; ++part) {
      load(a[part], bias + part * width + column);
      load(kept[part], recurrent + (3 * row + part) * width + column);
    }
    load(h, hidden + row * width + column);
    add_mean(a, incoming, sources, node, width, column);
    add_mean(a, outgoing, targets, node, width, column);
    for (int l = 0; l < N; ++l) {
      const T r = sigmoid(a[0].lane[l] + kept[0].lane[l]), z = sigmoid(a[1].lane[l] + kept[1].lane[l]);
      const T n = tanh(a[2].lane[l] + r * kept[2].lane[l]);
      a[0].lane[l] = r;
      a[1].lane[l] = z;
      a[2].lane[l] = n;
      h.lane[l] += z * (n - h.lane[l]);
    }
#pragma unroll
    for (int part = 0; part < 3; ++part) store(a[part], gates + (3 * node + part) * width + column);
    store(h, out + node * width + column);
  });
}

/// Of each node: d = (d_r, d_z, d_n), and what it adds to its row's gradients: (d_r, d_z, r d_n, (1 - z) grad_out).
template <class T, int N>
__global__ void graph_cell_backward_kernel(const T* grad_out, const T* recurrent, const T* hidden, const T* gates,
                                           const std::int32_t* rows, std::int64_t nodes, std::int64_t width, T* d,
                                           T* of_row) {
  for_each_index(nodes * (width / N), [&](std::int64_t i) {
    const std::int64_t node = i * N / width, column = i * N - node * width, row = rows[node];
    Pack<T, N> grad, kept, h, gate[3], keeps, recurs;
    load(grad, grad_out + node * width + column);
    load(kept, recurrent + (3 * row + 2) * width + column);
    load(h, hidden + row * width + column);
#pragma unroll
    for (int part = 0; part < 3; ++part) load(gate[part], gates + (3 * node + part) * width + column);
    for (int l = 0; l < N; ++l) {
      const T r = gate[0].lane[l], z = gate[1].lane[l], n = gate[2].lane[l], g = grad.lane[l];
      const T d_n = g * z * (1 - n * n);
      gate[0].lane[l] = d_n * kept.lane[l] * r * (1 - r);
      gate[1].lane[l] = g * (n - h.lane[l]) * z * (1 - z);
      gate[2].lane[l] = d_n;
      recurs.lane[l] = r * d_n;
      keeps.lane[l] = (1 - z) * g;
    }
#pragma unroll
    for (int part = 0; part < 3; ++part) {
      store(gate[part], d + (3 * node + part) * width + column);
      store(part < 2 ? gate[part] : recurs, of_row + (4 * node + part) * width + column);
    }
    store(keeps, of_row + (4 * node + 3) * width + column);
  });
}

/// Of an edge, an entry of the nodes' lists of neighbours: its node's row, divided by the length of the node's list.
template <class T>
struct EdgeTerms {
  const T* by_node;
  const std::int32_t* nodes;  ///< of each edge
  const std::int32_t* offsets;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void load(Pack<T, N>& pack, std::int64_t edge, std::int64_t column) const {
    const std::int64_t node = nodes[edge];
    cuda::load(pack, by_node + node * width + column);
    const T share = 1 / static_cast<T>(offsets[node + 1] - offsets[node]);
    for (T& lane : pack.lane) lane *= share;
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(by_node), f(nodes), f(offsets);
  }
};

template <class T>
void mean_backward(const Tensor& by_node, const Ragged& neighbours, Tensor& grad_table) {
  const Windows& nodes = neighbours.rows;
  const Device device = grad_table.device();
  const EdgeTerms<T> terms{by_node.data<T>(), nodes.entry_windows().on(device).data<std::int32_t>(),
                           nodes.offsets_on(device).data<std::int32_t>(), by_node.size(1)};
  sum_groups<T>(nodes.entry_ids(neighbours.ids), terms, is_packable(by_node), true, grad_table);
}

}  // namespace

void gated_graph_cell(const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent, const Tensor& hidden,
                      const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out) {
  const Context& gpu = context(out);
  const Tensor in = contiguous(incoming), out_of = contiguous(outgoing), kept = contiguous(recurrent),
               h = contiguous(hidden), b = contiguous(bias), rows = graph.rows.on(gpu.device());
  const std::int64_t nodes = graph.nodes(), width = hidden.size(1);
  visit_float(hidden.dtype(), "gated_graph_cell", [&](auto t) {
    using T = decltype(t);
    const bool packed = width % kLanes<T> == 0 && is_packable(in, out_of, kept, h, b, gates, out);
    launch(gpu.over(nodes * (packed ? width / kLanes<T> : width)),
           packed ? graph_cell_kernel<T, kLanes<T>> : graph_cell_kernel<T, 1>, in.data<T>(),
           Neighbours(graph.incoming, gpu.device()), out_of.data<T>(), Neighbours(graph.outgoing, gpu.device()),
           kept.data<T>(), h.data<T>(), b.data<T>(), rows.data<std::int32_t>(), nodes, width, gates.data<T>(),
           out.data<T>());
  });
}

void gated_graph_cell_backward(const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
                               const Tensor& gates, const Graph& graph, Tensor& grad_incoming, Tensor& grad_outgoing,
                               Tensor& grad_recurrent, Tensor& grad_hidden, Tensor& grad_bias) {
  const Context& gpu = context(grad_hidden);
  const Tensor grad = contiguous(grad_out), kept = contiguous(recurrent), h = contiguous(hidden),
               saved = contiguous(gates), rows = graph.rows.on(gpu.device());
  const std::int64_t nodes = graph.nodes(), width = hidden.size(1);
  visit_float(hidden.dtype(), "gated_graph_cell_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor d({nodes, 3 * width}, grad.dtype(), gpu.device()),
        of_row({nodes, 4 * width}, grad.dtype(), gpu.device());
    const bool packed = width % kLanes<T> == 0 && is_packable(grad, kept, h, saved, d, of_row);
    launch(gpu.over(nodes * (packed ? width / kLanes<T> : width)),
           packed ? graph_cell_backward_kernel<T, kLanes<T>> : graph_cell_backward_kernel<T, 1>, grad.data<T>(),
           kept.data<T>(), h.data<T>(), saved.data<T>(), rows.data<std::int32_t>(), nodes, width, d.data<T>(),
           of_row.data<T>());
    const WeightedRows<T> terms{of_row.data<T>(), nullptr, nullptr, 4 * width, 1, 0};
    sum_groups<T>(graph.rows, terms, is_packable(of_row), true, grad_recurrent, grad_hidden);
    mean_backward<T>(d, graph.incoming, grad_incoming);
    mean_backward<T>(d, graph.outgoing, grad_outgoing);
    Tensor sums = grad_bias.reshape({1, 3 * width});
    cuda::sum(d, sums);
  });
}

}  // namespace seqrec::kernels::cuda
