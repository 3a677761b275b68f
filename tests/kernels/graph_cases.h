#pragma once

#include "core/graph.h"
#include "tests/kernels/parity.h"

/// Graphs that tests of their kernels share.
namespace seqrec::kernels {

/// Adjacent lists of 0 to `longest` rows per node.
inline Ragged random_neighbours(std::int64_t nodes, std::int64_t rows, std::uint32_t longest, std::uint64_t part) {
  Random random(random_stream(9, Purpose::Test, part));
  std::vector<std::int32_t> offsets{0};
  for (std::int64_t i = 0; i < nodes; ++i)
    offsets.push_back(offsets.back() + static_cast<std::int32_t>(random.below(longest + 1)));
  const std::int64_t edges = offsets.back();
  return {Windows::adjacent(std::move(offsets)), edges == 0 ? Index() : random_ids(edges, rows, part)};
}

inline Graph random_graph(std::int64_t nodes, std::int64_t rows, std::uint32_t longest) {
  return {.rows = nodes == 0 ? Index() : random_ids(nodes, rows, 1),
          .incoming = random_neighbours(nodes, rows, longest, 2),
          .outgoing = random_neighbours(nodes, rows, longest, 3)};
}

/// Ragged that several nodes share: windows that overlap.
inline Graph shared_neighbours() {
  const Index rows = random_ids(13, 5, 4);
  return {.rows = Index({4, 0, 4, 2}),
          .incoming = {Windows({0, 2, 2, 5}, {3, 2, 13, 6}, 13), rows},
          .outgoing = {Windows({12, 0, 1, 0}, {13, 1, 2, 13}, 13), rows}};
}

struct GraphCase {
  const char* name;
  Graph graph;
  std::int64_t rows, width;
};

inline std::vector<GraphCase> graph_cases() {
  return {{"no node", random_graph(0, 3, 2), 3, 5},
          {"one node, no edge", random_graph(1, 1, 0), 1, 1},
          {"short lists", random_graph(1031, 211, 2), 211, 64},
          {"long lists", random_graph(29, 17, 101), 17, 33},
          {"one row", random_graph(67, 1, 5), 1, 7},
          {"many rows", random_graph(13, 499, 1), 499, 100},
          {"shared lists", shared_neighbours(), 5, 9}};
}

}  // namespace seqrec::kernels
