#include "bench/kernel_cases.h"
#include "kernels/additive_scores.h"
#include "kernels/graph.h"

namespace seqrec::bench {

/// SR-GNN's session graphs of a batch: nodes with one neighbour on either side, about 2.6 a row.
static Graph sessions(std::int64_t nodes) {
  std::vector<std::int32_t> offsets;
  for (std::int64_t i = 0; i <= nodes; ++i) offsets.push_back(static_cast<std::int32_t>(i));
  const Windows one_each = Windows::adjacent(std::move(offsets));
  return {.rows = ids(nodes, kClasses, 1),
          .incoming = {one_each, ids(nodes, kClasses, 2)},
          .outgoing = {one_each, ids(nodes, kClasses, 3)}};
}

void add_graph_cases(Cases& cases) {
  using namespace kernels;
  constexpr std::int64_t kNodes = kRows * 26 / 10;
  static const Graph graph = sessions(kNodes);
  static const Windows windows = prefixes(kRows);
  static const Index rows = ids(windows.values(), kClasses);
  const std::string nodes = concat(kNodes, " nodes, ", kClasses, " rows");
  const std::string scores = concat(kRows, " windows, ", windows.entries(), " entries");
  const Tensor table = numbers({kClasses, 3 * kWidth}), hidden = numbers({kClasses, kWidth}),
               bias = numbers({3 * kWidth}), gates = empty({kNodes, 3 * kWidth}), out = numbers({kNodes, kWidth});
  const double elements = kNodes * kWidth, entries = static_cast<double>(windows.entries()) * kWidth;

  cases.push_back({"gated_graph_cell", nodes, 0, floats(14 * elements), [=] {
                     return [=, gates = gates, out = out]() mutable {
                       gated_graph_cell(table, table, table, hidden, bias, graph, gates, out);
                     };
                   }});
  cases.push_back({"gated_graph_cell_backward", nodes, 0, floats(14 * elements), [=] {
                     Tensor in = empty_like(table), to = empty_like(table), kept = empty_like(table);
                     Tensor h = empty_like(hidden), b = empty_like(bias);
                     return [=]() mutable {
                       gated_graph_cell_backward(out, table, hidden, gates, graph, in, to, kept, h, b);
                     };
                   }});
  const Tensor queries = numbers({kRows, kWidth}), vector = numbers({kWidth}), weights = numbers({windows.entries()});
  cases.push_back({"window_additive_scores", scores, 0, floats(entries), [=] {
                     return [=, weights = weights]() mutable {
                       window_additive_scores(queries, hidden, vector, rows, windows, weights);
                     };
                   }});
  cases.push_back({"window_additive_scores_backward", scores, 0, floats(2 * entries), [=] {
                     Tensor query = empty_like(queries), key = empty_like(hidden), factor = empty_like(vector);
                     return [=]() mutable {
                       window_additive_scores_backward(weights, queries, hidden, vector, rows, windows, query, key,
                                                       factor);
                     };
                   }});
}

}  // namespace seqrec::bench
