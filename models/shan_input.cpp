#include "models/shan_input.h"

#include <algorithm>

namespace seqrec::models {
namespace {

std::vector<std::int32_t> copy(std::span<const std::int32_t> values) { return {values.begin(), values.end()}; }

/// The places in `groups.ids` of the ids at some places of the grouped index.
Index places(std::span<const std::int32_t> group_of, std::size_t begin, std::size_t count) {
  return Index(copy(group_of.subspan(begin, count)));
}

}  // namespace

ShanInput shan_input(const Batch& batch, const ShanSets& sets) {
  const Windows cut = batch.windows.keep_last(sets.max_length);
  const auto rows = static_cast<std::size_t>(batch.rows());
  std::vector<std::int32_t> begin = copy(cut.begin()), end = copy(cut.end());
  std::vector<std::int32_t> items = copy(batch.items.host()), users = copy(batch.value_users.host());
  const auto row_users = batch.users.host();

  // A row without items looks at one padding value of its own.
  for (std::size_t r = 0; r < rows; ++r) {
    if (begin[r] < end[r]) continue;
    begin[r] = static_cast<std::int32_t>(items.size());
    end[r] = begin[r] + 1;
    items.push_back(0);
    users.push_back(row_users[r]);
  }
  const std::size_t values = items.size();
  users.insert(users.end(), row_users.begin(), row_users.end());

  const Index all_items(std::move(items));
  const Index all_users(std::move(users));
  const Groups& item_groups = all_items.groups();
  const Groups& user_groups = all_users.groups();
  const auto item_count = static_cast<std::int32_t>(item_groups.ids.size());

  std::vector<std::int32_t> offsets{0}, short_rows, short_users;
  std::vector<std::int32_t> long_end = end;
  for (std::size_t r = 0; r < rows; ++r) {
    const bool empty = cut.length(static_cast<std::int64_t>(r)) == 0;
    const std::int64_t length = end[r] - begin[r];
    const std::int64_t from = sets.right_padded ? sets.max_length - sets.short_length : length - sets.short_length;
    const auto first_short =
        static_cast<std::int32_t>(empty ? end[r] : begin[r] + std::clamp<std::int64_t>(from, 0, length));
    if (sets.disjoint && !empty) long_end[r] = first_short;
    const std::int32_t user = user_groups.group_of[values + r];
    const auto add = [&](std::int32_t row) {
      short_rows.push_back(row);
      short_users.push_back(user);
    };
    if (long_end[r] > begin[r]) add(item_count + static_cast<std::int32_t>(r));
    for (std::int32_t v = first_short; v < end[r]; ++v) add(item_groups.group_of[v]);
    offsets.push_back(static_cast<std::int32_t>(short_rows.size()));
  }

  return {.items = Index(item_groups.ids),
          .users = Index(user_groups.ids),
          .value_items = places(item_groups.group_of, 0, values),
          .value_users = places(user_groups.group_of, 0, values),
          .long_windows = Windows(std::move(begin), std::move(long_end), static_cast<std::int64_t>(values)),
          .short_windows = Windows::adjacent(std::move(offsets)),
          .short_rows = Index(std::move(short_rows)),
          .short_users = Index(std::move(short_users)),
          .row_users = places(user_groups.group_of, values, rows)};
}

}  // namespace seqrec::models
