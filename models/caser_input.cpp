#include "models/caser_input.h"

namespace seqrec::models {

CaserInput caser_input(const Batch& batch, std::int64_t max_length) {
  std::vector<std::int32_t> ids{0};
  ids.insert(ids.end(), batch.items.host().begin(), batch.items.host().end());
  const Index all(std::move(ids));
  const Groups& groups = all.groups();
  return {.items = Index(groups.ids),
          .windows = {.windows = batch.windows.keep_last(max_length),
                      .rows = Index({groups.group_of.begin() + 1, groups.group_of.end()}),
                      .length = max_length,
                      .padding = 0}};
}

CaserTargets caser_targets(const Batch& batch, std::int64_t targets) {
  const std::int64_t next = targets - 1, n = batch.negatives_per_row();
  require<ShapeError>(batch.targets.size() == batch.rows() && batch.next_targets.size() == batch.rows() * next,
                      "[caser] expected a target and ", next, " next ones per row, got ", batch.targets.size(), " and ",
                      batch.next_targets.size(), " for ", batch.rows(), " rows");
  std::vector<std::int32_t> rows, items, negatives;
  for (std::int64_t r = 0; r < batch.rows(); ++r)
    for (std::int64_t i = -1; i < next; ++i) {
      const std::int32_t target = i < 0 ? batch.targets[r] : batch.next_targets[r * next + i];
      if (i >= 0 && target == 0) break;
      rows.push_back(static_cast<std::int32_t>(r));
      items.push_back(target);
      const auto of_row = batch.negatives.host().subspan(r * n, n);
      negatives.insert(negatives.end(), of_row.begin(), of_row.end());
    }
  return {Index(std::move(rows)), Index(std::move(items)), Index(std::move(negatives))};
}

}  // namespace seqrec::models
