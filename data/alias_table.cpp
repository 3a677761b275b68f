#include "data/alias_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seqrec::data {

AliasTable::AliasTable(std::span<const double> numbers, double alpha) {
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const double number : numbers)
    if (number > 0) least = std::min(least, number), most = std::max(most, number);
  for (std::size_t item = 0; item < numbers.size(); ++item)
    if (numbers[item] > 0) {
      items_.push_back(static_cast<std::int32_t>(item));
      weights_.push_back(std::pow(numbers[item] / (alpha < 0 ? least : most), alpha));  // at most 1
      sum_ += weights_.back();
    }
  keep_ = weights_;
  alias_ = items_;
  // Every column has a share of 1, filled up by one larger item.
  std::vector<std::size_t> small, large;
  for (std::size_t i = 0; i < keep_.size(); ++i) {
    keep_[i] *= static_cast<double>(keep_.size()) / sum_;
    (keep_[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t s = small.back(), l = large.back();
    small.pop_back();
    alias_[s] = items_[l];
    keep_[l] -= 1 - keep_[s];
    if (keep_[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

std::int32_t AliasTable::draw(Random& random) const {
  const std::uint32_t column = random.below(static_cast<std::uint32_t>(items_.size()));
  return random.uniform() < keep_[column] ? items_[column] : alias_[column];
}

double AliasTable::probability(std::int32_t item) const {
  const auto place = std::ranges::lower_bound(items_, item);
  return place == items_.end() || *place != item ? 0 : weights_[place - items_.begin()] / sum_;
}

}  // namespace seqrec::data
