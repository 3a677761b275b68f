#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"

namespace seqrec::train {

/// What a masked evaluation leaves out of a row's ranking: the items of its history, never its target. Asked for a
/// history's rows in order, it only adds what came between them.
class MaskedItems {
 public:
  explicit MaskedItems(const data::Dataset& dataset) : dataset_(&dataset) {}

  /// Adds the row's to `items`, ascending.
  void add_to(std::vector<std::int32_t>& items, data::Row row);

 private:
  const data::Dataset* dataset_;
  std::span<const std::int32_t> before_;          // the row's history that was asked for last
  std::vector<std::int32_t> seen_, more_, both_;  // its different items, ascending; memory to work in
};

}  // namespace seqrec::train
