// SR-GNN for a single window (models/model.h: forward_alone).
#include <algorithm>
#include <numeric>

#include "models/srgnn.h"

namespace seqrec::models {

namespace alone = kernels::alone;

namespace {

using Places = std::span<std::int32_t>;

/// What the first step multiplies is kept where it takes no more than this: it is nine times as much as the items'
/// vectors, and to read it from beyond the cache takes as long as to make it.
constexpr std::int64_t kMostProductBytes = std::int64_t{8} << 20;

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

nn::GatedGraphCell::Products products_in(std::span<float> memory) {
  const std::size_t each = memory.size() / 3;
  return {memory.data(), memory.data() + each, memory.data() + 2 * each};
}

/// The neighbours by their items in the place of their nodes.
alone::Neighbours by_item(const alone::Neighbours& of, std::span<const std::int32_t> items, Arena& arena) {
  const Places rows = arena.take<std::int32_t>(std::ssize(of.rows));
  std::transform(of.rows.begin(), of.rows.end(), rows.begin(),
                 [&](std::int32_t node) { return items[static_cast<std::size_t>(node)]; });
  return {rows, of.begins, of.ends};
}

}  // namespace

bool Srgnn::freeze_alone() {
  gnn_.freeze_alone();
  alone_one_ = linear_one_.alone();
  alone_two_ = linear_two_.alone();
  alone_transform_ = linear_transform_.alone();
  const Tensor& items = item_embedding_.weight().value();
  alone_products_ = {};
  if (9 * items.numel() * static_cast<std::int64_t>(sizeof(float)) <= kMostProductBytes) {
    alone_products_ = Tensor({3, items.size(0), 3 * items.size(1)});
    gnn_.multiply_alone(items.size(0), items.data<float>(), products_in(alone_products_.span<float>()));
  }
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
  const float* table = item_embedding_.weight().value().data<float>();
  std::int64_t step = 0;
  if (alone_products_.defined()) {
    gnn_.alone(graph.items, by_item(graph.incoming, graph.items, arena), by_item(graph.outgoing, graph.items, arena),
               products_in(alone_products_.span<float>()), table, arena, hidden);
    ++step;
  } else {
    alone::gather_rows(graph.items, table, width, hidden);
  }
  const Places all = arena.take<std::int32_t>(nodes);
  std::iota(all.begin(), all.end(), 0);
  for (; step < options_.step; ++step) {
    const Arena::Scope of_step(arena);
    const auto products = products_in(arena.take<float>(9 * nodes * width));
    gnn_.multiply_alone(nodes, hidden, products);
    gnn_.alone(all, graph.incoming, graph.outgoing, products, hidden, arena, next);
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
