// SR-GNN for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "models/srgnn.h"

namespace seqrec::models {

namespace alone = kernels::alone;

namespace {

using Places = std::span<std::int32_t>;

/// A session's nodes, its different items by ascending id, and its edges.
struct SessionGraph {
  Places items;    // [nodes]
  Places node_of;  // [positions]
  alone::Neighbours incoming, outgoing;
};

/// Edge e makes neighbours[e] a neighbour of nodes[e]; each node's are ascending.
alone::Neighbours neighbours_of(std::size_t count, std::span<const std::int32_t> nodes,
                                std::span<const std::int32_t> neighbours, EdgeWeight weight, Arena& arena) {
  const Places begins = arena.take<std::int32_t>(static_cast<std::int64_t>(count) + 1);
  const Places ends = arena.take<std::int32_t>(static_cast<std::int64_t>(count));
  const Places rows = arena.take<std::int32_t>(std::ssize(nodes));
  std::fill(begins.begin(), begins.end(), 0);
  for (const std::int32_t node : nodes) ++begins[static_cast<std::size_t>(node) + 1];
  for (std::size_t node = 0; node < count; ++node) begins[node + 1] += begins[node];
  std::copy_n(begins.begin(), count, ends.begin());
  for (std::size_t e = 0; e < nodes.size(); ++e)
    rows[static_cast<std::size_t>(ends[static_cast<std::size_t>(nodes[e])]++)] = neighbours[e];
  for (std::size_t node = 0; node < count; ++node) {
    const auto first = rows.begin() + begins[node], last = rows.begin() + ends[node];
    if (last - first < 2) continue;
    std::sort(first, last);
    if (weight == EdgeWeight::Binary) ends[node] = static_cast<std::int32_t>(std::unique(first, last) - rows.begin());
  }
  return {rows, begins, ends};
}

SessionGraph graph_of(std::span<const std::int32_t> items, EdgeWeight weight, Arena& arena) {
  SessionGraph graph{arena.copy(items), arena.take<std::int32_t>(std::ssize(items)), {}, {}};
  std::sort(graph.items.begin(), graph.items.end());
  const auto different = std::unique(graph.items.begin(), graph.items.end()) - graph.items.begin();
  graph.items = graph.items.first(static_cast<std::size_t>(different));
  for (std::size_t i = 0; i < items.size(); ++i)
    graph.node_of[i] = static_cast<std::int32_t>(std::lower_bound(graph.items.begin(), graph.items.end(), items[i]) -
                                                 graph.items.begin());
  const std::size_t edges = items.size() - 1;
  const auto before = graph.node_of.first(edges), after = graph.node_of.last(edges);
  graph.incoming = neighbours_of(graph.items.size(), after, before, weight, arena);
  graph.outgoing = neighbours_of(graph.items.size(), before, after, weight, arena);
  return graph;
}

}  // namespace

bool Srgnn::freeze_alone() {
  if (!alone::Linear::takes(linear_transform_.weight().value()) || !gnn_.freeze_alone()) return false;
  alone_one_ = linear_one_.alone();
  alone_two_ = linear_two_.alone();
  alone_transform_ = linear_transform_.alone();
  return true;
}

void Srgnn::forward_alone(const OneWindow& window, bool /*full_sort*/, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t width = options_.embedding_size;
  const std::int32_t padding[] = {0};  // the session of a window without items, which the attention doesn't look at
  const bool empty = window.items.empty();
  const SessionGraph graph =
      graph_of(empty ? std::span<const std::int32_t>(padding) : window.items, options_.edge_weight, arena);
  const std::int64_t nodes = std::ssize(graph.items), positions = empty ? 0 : std::ssize(graph.node_of);

  float* hidden = arena.take<float>(nodes * width).data();
  float* next = arena.take<float>(nodes * width).data();
  alone::gather_rows(graph.items, item_embedding_.weight().value().data<float>(), width, hidden);
  for (std::int64_t step = 0; step < options_.step; ++step) {
    gnn_.alone(nodes, graph.incoming, graph.outgoing, hidden, arena, next);
    std::swap(hidden, next);
  }

  const float* last = hidden + graph.node_of.back() * width;
  float* query = arena.take<float>(width).data();
  float* scores = arena.take<float>(positions).data();
  float* both = arena.take<float>(2 * width).data();
  alone_one_(1, last, query);
  alone_two_(nodes, hidden, next);
  const auto places = graph.node_of.first(static_cast<std::size_t>(positions));
  alone::additive_scores(query, places, next, linear_three_.weight().value().data<float>(), width, scores);  // eq. 6
  alone::weighted_sum(positions, scores, places.data(), hidden, width, both);
  std::copy_n(last, width, both + width);
  alone_transform_(1, both, out);  // eq. 7
}

}  // namespace seqrec::models
