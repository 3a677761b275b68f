#include "train/masked_items.h"

#include <algorithm>
#include <iterator>

namespace seqrec::train {

void MaskedItems::add_to(std::vector<std::int32_t>& items, data::Row row) {
  const std::span<const std::int32_t> before = dataset_->before(row);
  if (before.data() != before_.data() || before.size() < before_.size()) {
    seen_.clear();
    before_ = before.first(0);
  }
  const auto more = before.subspan(before_.size());
  more_.assign(more.begin(), more.end());
  std::ranges::sort(more_);
  more_.erase(std::unique(more_.begin(), more_.end()), more_.end());
  both_.clear();
  std::ranges::set_union(seen_, more_, std::back_inserter(both_));
  seen_.swap(both_);
  before_ = before;
  std::ranges::remove_copy(seen_, std::back_inserter(items), dataset_->target(row));
}

}  // namespace seqrec::train
