#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::data {

/// RecBole's RepeatableSampler: negatives are any items but padding and the row's own target, with replacement. Without
/// state: what is drawn depends on the stream, the row's number and the place among its negatives alone. Thread-safe.
class NegativeSampler {
 public:
  /// DataError when nothing can be drawn (fewer than two items; popularity with a single one).
  /// Popularity counts the targets of all splits, as RecBole does, raised to alpha.
  NegativeSampler(const Dataset& dataset, const NegativeSampling& sampling);

  std::int64_t sample_num() const { return sampling_.sample_num; }
  /// Appends sample_num negatives for the row with number `row` and target `target`.
  void draw(RandomStream stream, std::int64_t row, std::int32_t target, std::vector<std::int32_t>& out) const;

 private:
  std::int32_t draw_popular(Random& random) const;

  NegativeSampling sampling_;
  std::int32_t n_items_;
  // Walker's alias table over the items that occur.
  std::vector<std::int32_t> candidates_;
  std::vector<std::int32_t> alias_;
  std::vector<double> keep_;
};

}  // namespace seqrec::data
