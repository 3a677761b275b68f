#include "models/causal_input.h"

#include <doctest/doctest.h>

#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

using Ids = std::vector<std::int32_t>;

Ids ids(const Index& index) { return {index.host().begin(), index.host().end()}; }
Ids ids(std::span<const std::int32_t> numbers) { return {numbers.begin(), numbers.end()}; }

/// Windows [0, 1) [0, 3) [1, 5) [5, 7) [5, 8), then an empty one.
Batch batch_with_empty_window() {
  Batch batch = shared_batch();
  batch.windows = Windows({0, 0, 1, 5, 5, 2}, {1, 3, 5, 7, 8, 2}, 8);
  return batch;
}

}  // namespace

TEST_CASE("windows that begin together are one causal sequence, as long as the longest") {
  const CausalInput input = causal_input(shared_batch(), 10);
  CHECK(ids(input.items) == Ids{3, 1, 4, 1, 4, 1, 5, 2, 6, 5});
  CHECK(ids(input.read) == Ids{0, 2, 6, 8, 9});
  CHECK(ids(input.sequences.begin()) == Ids{0, 3, 7});
  CHECK(ids(input.sequences.end()) == Ids{3, 7, 10});
  CHECK(causal_input(copied(shared_batch()), 10).items.size() == 1 + 3 + 4 + 2 + 3);
}

TEST_CASE("a place of a causal sequence looks at what comes before, and at itself") {
  const CausalInput input = causal_input(shared_batch(), 10);
  CHECK(ids(input.windows.begin()) == Ids{0, 0, 0, 3, 3, 3, 3, 7, 7, 7});
  CHECK(ids(input.windows.end()) == Ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("a causal input keeps the last items of a window, and reads padding where there are none") {
  const CausalInput input = causal_input(batch_with_empty_window(), 2);
  CHECK(ids(input.items) == Ids{3, 1, 4, 1, 5, 2, 6, 6, 5, 0});  // of [0, 1) [1, 3) [3, 5) [5, 7) [6, 8) and padding
  CHECK(ids(input.read) == Ids{0, 2, 4, 6, 8, 9});
  Batch empty;
  CHECK(causal_input(empty, 2).items.size() == 0);
}

TEST_CASE("positions count from a window's begin, to its end, or to that of the longest of one begin") {
  const auto positions = [&](Positions numbering) {
    return ids(causal_input(batch_with_empty_window(), 4, numbering).positions);
  };
  CHECK(positions(Positions::FromBegin) == Ids{0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 0});
  CHECK(positions(Positions::ToSharedEnd) == Ids{1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 3});
  const CausalInput apart = causal_input(batch_with_empty_window(), 4, Positions::ToEnd);
  CHECK(ids(apart.positions) == Ids{3, 1, 2, 3, 0, 1, 2, 3, 2, 3, 1, 2, 3, 3});
  CHECK(ids(apart.items) == Ids{3, 3, 1, 4, 1, 4, 1, 5, 2, 6, 2, 6, 5, 0});
  CHECK(ids(apart.read) == Ids{0, 3, 7, 9, 12, 13});
}

TEST_CASE("a batch cut into slices keeps its rows, those of one begin together") {
  const auto slices = slices_of(shared_batch(), 10, Positions::FromBegin, 4);
  REQUIRE(slices.size() == 3);
  CHECK(slices[0].rows() == 2);
  CHECK(slices[2].targets[1] == 8);
  CHECK(slices[2].negatives[0] == 6);
  CHECK(slices_of(shared_batch(), 10, Positions::FromBegin, 100).size() == 1);
  CHECK(slices_of(shared_batch(), 10, Positions::ToEnd, 4).size() == 4);  // none shares a sequence
}
