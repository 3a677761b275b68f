// SR-GNN for a single window (models/model.h: forward_alone).
#include <algorithm>
#include <numeric>

#include "models/srgnn.h"

namespace seqrec::models {

namespace alone = kernels::alone;

/// A session's nodes, its different items by ascending id, and its edges.
struct SessionGraph {
  std::span<std::int32_t> items;    // [nodes]
  std::span<std::int32_t> node_of;  // [positions]
  alone::Neighbours incoming, outgoing;
};

namespace {

using Places = std::span<std::int32_t>;
using Nodes = std::span<const std::int32_t>;

/// What the first step multiplies is kept where it takes no more than this: it is nine times as much as the items'
/// vectors, and to read it from beyond the cache takes as long as to make it.
constexpr std::int64_t kMostProductBytes = std::int64_t{8} << 20;

std::span<const std::int32_t> list_of(const alone::Neighbours& of, std::int32_t node) {
  const std::int32_t begin = of.begins[node];
  return of.rows.subspan(begin, of.ends[node] - begin);
}

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

/// The neighbours of some nodes, by the names of nodes.
alone::Neighbours named(Nodes nodes, const alone::Neighbours& all, Places names, Arena& arena) {
  const Places rows = arena.take<std::int32_t>(std::ssize(all.rows));
  const Places begins = arena.take<std::int32_t>(std::ssize(nodes)), ends = arena.take<std::int32_t>(std::ssize(nodes));
  std::int32_t end = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    begins[i] = end;
    for (const std::int32_t neighbour : list_of(all, nodes[i])) rows[end++] = names[neighbour];
    ends[i] = end;
  }
  return {rows, begins, ends};
}

Places all_places(std::int64_t n, Arena& arena) {
  const Places all = arena.take<std::int32_t>(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// The nodes whose state after a step is not that of the same item's node in the graph `last`: those that have other
/// neighbours there. `same(node, its place in last)` is told of the others.
template <class Same>
Places changed(const SessionGraph& graph, const SessionGraph& last, Arena& arena, Same&& same) {
  const Places out = arena.take<std::int32_t>(std::ssize(graph.items));
  std::size_t count = 0;
  for (std::int32_t node = 0, place = 0; node < std::ssize(graph.items); ++node) {
    while (place < std::ssize(last.items) && last.items[place] < graph.items[node]) ++place;
    const auto has_same = [&](const alone::Neighbours& now, const alone::Neighbours& then) {
      return std::ranges::equal(list_of(now, node), list_of(then, place),
                                [&](std::int32_t a, std::int32_t b) { return graph.items[a] == last.items[b]; });
    };
    if (place < std::ssize(last.items) && last.items[place] == graph.items[node] &&
        has_same(graph.incoming, last.incoming) && has_same(graph.outgoing, last.outgoing))
      same(node, place);
    else
      out[count++] = node;
  }
  return out.first(count);
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

/// The states of some nodes after the first step: out [nodes, width].
void Srgnn::first_step_alone(const SessionGraph& graph, Nodes nodes, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t width = options_.embedding_size;
  const float* table = item_embedding_.weight().value().data<float>();
  const Places rows = arena.take<std::int32_t>(std::ssize(nodes));
  const auto step = [&](Places names, const nn::GatedGraphCell::Products& products, const float* vectors) {
    std::ranges::transform(nodes, rows.begin(), [&](std::int32_t node) { return names[node]; });
    gnn_.alone(rows, named(nodes, graph.incoming, names, arena), named(nodes, graph.outgoing, names, arena), products,
               vectors, arena, out);
  };
  if (alone_products_.defined()) return step(graph.items, products_in(alone_products_.span<float>()), table);

  // What they and their neighbours give.
  const Places names = arena.take<std::int32_t>(std::ssize(graph.items));
  std::ranges::fill(names, -1);
  for (const std::int32_t node : nodes) {
    names[node] = 0;
    for (const alone::Neighbours* of : {&graph.incoming, &graph.outgoing})
      for (const std::int32_t neighbour : list_of(*of, node)) names[neighbour] = 0;
  }
  const Places items = arena.take<std::int32_t>(std::ssize(names));
  std::int32_t count = 0;
  for (std::size_t node = 0; node < names.size(); ++node) {
    if (names[node] < 0) continue;
    items[count] = graph.items[node];
    names[node] = count++;
  }
  float* vectors = arena.take<float>(count * width).data();
  alone::gather_rows(items.first(count), table, width, vectors);
  const auto products = products_in(arena.take<float>(9 * count * width));
  gnn_.multiply_alone(count, vectors, products);
  step(names, products, vectors);
}

void Srgnn::forward_alone(const OneWindow& window, bool /*full_sort*/, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t width = options_.embedding_size;
  const std::int32_t padding[] = {0};  // the session of a window without items, which the attention doesn't look at
  const bool empty = window.items.empty();
  const Nodes items = empty ? Nodes(padding) : window.items;
  const SessionGraph graph = graph_of(items, options_.edge_weight, arena);
  const std::int64_t nodes = std::ssize(graph.items), positions = empty ? 0 : std::ssize(graph.node_of);

  float* hidden = arena.take<float>(nodes * width).data();
  float* keys = arena.take<float>(nodes * width).data();
  if (window.last == nullptr || options_.step > 1) {
    const Places all = all_places(nodes, arena);
    first_step_alone(graph, all, arena, hidden);
    for (std::int64_t step = 1; step < options_.step; ++step) {
      const Arena::Scope of_step(arena);
      const auto products = products_in(arena.take<float>(9 * nodes * width));
      gnn_.multiply_alone(nodes, hidden, products);
      gnn_.alone(all, graph.incoming, graph.outgoing, products, hidden, arena, keys);
      std::swap(hidden, keys);
    }
    alone_two_(nodes, hidden, keys);
  } else {
    take_over_alone(graph, items, *window.last, arena, hidden, keys);
  }

  const float* last = hidden + graph.node_of.back() * width;
  float* query = arena.take<float>(width).data();
  float* scores = arena.take<float>(positions).data();
  float* both = arena.take<float>(2 * width).data();
  alone_one_(1, last, query);
  const auto places = graph.node_of.first(static_cast<std::size_t>(positions));
  alone::additive_scores(query, places, keys, linear_three_.weight().value().data<float>(), width, scores);  // eq. 6
  alone::weighted_sum(positions, scores, places.data(), hidden, width, both);
  std::copy_n(last, width, both + width);
  alone_transform_(1, both, out);  // eq. 7
}

/// Nodes with the neighbours that they had in the last window keep their states after the only step, and the
/// attention's keys; the others' are made.
void Srgnn::take_over_alone(const SessionGraph& graph, Nodes items, LastWindow& last, Arena& arena, float* hidden,
                            float* keys) const {
  const Arena::Scope scope(arena);
  const std::int64_t nodes = std::ssize(graph.items), width = options_.embedding_size;
  float* last_hidden = last.memory(options_.max_length, 2 * options_.max_length * width);
  float* last_keys = last_hidden + options_.max_length * width;
  const SessionGraph before = last.items.empty() ? SessionGraph{} : graph_of(last.items, options_.edge_weight, arena);
  const Places made = changed(graph, before, arena, [&](std::int32_t node, std::int32_t place) {
    std::copy_n(last_hidden + place * width, width, hidden + node * width);
    std::copy_n(last_keys + place * width, width, keys + node * width);
  });
  float* of_made = arena.take<float>(2 * std::ssize(made) * width).data();
  float* keys_of_made = of_made + std::ssize(made) * width;
  first_step_alone(graph, made, arena, of_made);
  alone_two_(std::ssize(made), of_made, keys_of_made);
  for (std::size_t i = 0; i < made.size(); ++i) {
    std::copy_n(of_made + static_cast<std::int64_t>(i) * width, width, hidden + made[i] * width);
    std::copy_n(keys_of_made + static_cast<std::int64_t>(i) * width, width, keys + made[i] * width);
  }
  last.items.clear();
  std::copy_n(hidden, nodes * width, last_hidden);
  std::copy_n(keys, nodes * width, last_keys);
  last.items.assign(items.begin(), items.end());
}

}  // namespace seqrec::models
