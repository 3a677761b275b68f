#include <algorithm>
#include <numeric>
#include <utility>

#include "data/prepared.h"

namespace seqrec::data {
namespace {

bool are_same(const Vocabulary& a, const Vocabulary& b) {
  if (a.size() != b.size()) return false;
  for (std::int32_t id = 1; id < a.size(); ++id)
    if (a.token(id) != b.token(id)) return false;
  return true;
}

/// The other vocabulary's id of each; 0: it holds none.
std::vector<std::int32_t> ids_in(const Vocabulary& other, const Vocabulary& own) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(own.size()));
  for (std::int32_t id = 1; id < own.size(); ++id) ids[id] = other.find(own.token(id)).value_or(0);
  return ids;
}

}  // namespace

void renumber_by(Prepared& prepared, const Vocabulary& users, const Vocabulary& items) {
  if (are_same(prepared.users, users) && are_same(prepared.items, items)) return;
  const std::vector<std::int32_t> user_of = ids_in(users, prepared.users), item_of = ids_in(items, prepared.items);
  std::vector<std::int32_t> order(prepared.history_users.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key = [&](std::int32_t h) { return static_cast<std::uint32_t>(user_of[prepared.history_users[h]] - 1); };
  if (!prepared.presplit)  // by id; 0 comes last
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });

  std::vector<std::int32_t> history_users, items_of;
  std::vector<std::int64_t> offsets{0}, times;
  std::vector<std::uint8_t> parts;
  std::vector<float> labels;
  for (const std::int32_t h : order) {
    const std::int64_t begin = prepared.offsets[h], end = prepared.offsets[h + 1];
    if (prepared.presplit && item_of[prepared.items_of[end - 1]] == 0) continue;  // its target is unknown
    for (std::int64_t place = begin; place < end; ++place) {
      const std::int32_t item = item_of[prepared.items_of[place]];
      if (item == 0) continue;
      items_of.push_back(item);
      if (!prepared.times.empty()) times.push_back(prepared.times[place]);
      if (!prepared.labels.empty()) labels.push_back(prepared.labels[place]);
      if (!prepared.parts.empty() && !prepared.presplit) parts.push_back(prepared.parts[place]);
    }
    if (std::ssize(items_of) == offsets.back()) continue;
    offsets.push_back(std::ssize(items_of));
    history_users.push_back(user_of[prepared.history_users[h]]);
    if (prepared.presplit) parts.push_back(prepared.parts[h]);
  }
  prepared.users = users;
  prepared.items = items;
  prepared.titles.reset();  // of the items as they were numbered
  prepared.history_users = std::move(history_users);
  prepared.offsets = std::move(offsets);
  prepared.items_of = std::move(items_of);
  prepared.times = std::move(times);
  prepared.parts = std::move(parts);
  prepared.labels = std::move(labels);
}

}  // namespace seqrec::data
