#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace seqrec::data {

/// Draws items with probabilities in proportion to their numbers to the power of alpha, in constant time: Walker's
/// alias method (Vose). Immutable.
class AliasTable {
 public:
  /// Of none: nothing can be drawn.
  AliasTable() = default;
  /// `numbers` by item; those of number 0 are never drawn. alpha is finite.
  AliasTable(std::span<const double> numbers, double alpha);

  std::int32_t draw(Random& random) const;
  /// Of an item to be drawn.
  double probability(std::int32_t item) const;

  /// The items that are drawn, ascending, and the weight of each, at most 1.
  const std::vector<std::int32_t>& items() const { return items_; }
  const std::vector<double>& weights() const { return weights_; }

 private:
  std::vector<std::int32_t> items_;
  std::vector<double> weights_;
  double sum_ = 0;  // of the weights
  std::vector<std::int32_t> alias_;
  std::vector<double> keep_;
};

}  // namespace seqrec::data
