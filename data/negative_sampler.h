#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "data/alias_table.h"
#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::data {

/// RecBole's RepeatableSampler: negatives are any items but padding and the row's own target, with replacement. Without
/// state: what is drawn depends on the stream, the row's number and the place among its negatives alone. Thread-safe.
class NegativeSampler {
 public:
  /// DataError when nothing can be drawn (fewer than two items; popularity with a single one).
  /// Popularity counts the targets of all splits, as RecBole does, raised to alpha; of training alone where the split
  /// is at a point in time.
  NegativeSampler(const Dataset& dataset, const NegativeSampling& sampling);

  std::int64_t sample_num() const { return sampling_.sample_num; }
  /// Appends sample_num negatives for the row with number `row` and target `target`.
  void draw(RandomStream stream, std::int64_t row, std::int32_t target, std::vector<std::int32_t>& out) const;

 private:
  std::int32_t draw_popular_but(std::int32_t target, Random& random) const;

  NegativeSampling sampling_;
  std::int32_t n_items_;
  AliasTable popular_;
};

/// RecBole's SeqSampler: for every interaction one uniform item that stands for what the user did not choose then, the
/// same whenever it is asked for. Not the interaction's own item if `aligned`; RecBole sorts the interactions after the
/// draw, so that its may be.
class HistoryNegatives {
 public:
  /// DataError when nothing can be drawn.
  HistoryNegatives(const Dataset& dataset, std::uint64_t seed, bool aligned);

  /// Of the interaction at a place of Dataset::items_of.
  std::int32_t at(std::int64_t place, std::int32_t item) const;

 private:
  RandomStream stream_;
  std::int32_t n_items_;
  bool aligned_;
};

}  // namespace seqrec::data
