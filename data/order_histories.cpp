#include "data/order_histories.h"

#include <utility>
#include <vector>

#include "core/external_sort.h"
#include "core/parallel.h"
#include "core/spill.h"

namespace seqrec::data {
namespace {

constexpr std::int64_t kUsersAtOnce = 1 << 10, kRowsAtOnce = 1 << 16;

/// An interaction on its way to its user's history.
struct Record {
  std::int64_t time;
  std::int32_t user, item;
  float label;
  std::uint8_t part;
};

struct ByUserAndTime {
  bool operator()(const Record& a, const Record& b) const {
    return a.user != b.user ? a.user < b.user : a.time < b.time;
  }
};

/// What the histories hold, one after the other.
struct Values {
  explicit Values(const Interactions& of)
      : items(of.raw.rows.size()),
        times(items.size()),
        labels(of.labels.empty() ? 0 : items.size()),
        parts(of.has_parts() ? items.size() : 0) {}

  void set(std::size_t place, const Record& record) {
    items[place] = record.item;
    times[place] = record.time;
    if (!labels.empty()) labels[place] = record.label;
    if (!parts.empty()) parts[place] = record.part;
  }
  void move_to(Prepared& out) {
    out.items_of = std::move(items);
    out.times = std::move(times);
    out.labels = std::move(labels);
    out.parts = std::move(parts);
  }

  LargeVector<std::int32_t> items;
  LargeVector<std::int64_t> times;
  LargeVector<float> labels;
  LargeVector<std::uint8_t> parts;
};

Record record_of(const Interactions& of, std::int32_t row) {
  return {of.time(row), of.user(row), of.item(row), of.labels.empty() ? 0 : of.labels[row],
          of.has_parts() ? of.part(row) : std::uint8_t{0}};
}

}  // namespace

void order_in_memory(Prepared& out, const Interactions& of) {
  const std::int32_t n_users = out.users.size();
  const std::span<const std::int32_t> rows = of.raw.rows;
  std::vector<std::int64_t> begin(static_cast<std::size_t>(n_users) + 1);
  for (const std::int32_t row : rows) ++begin[of.user(row) + 1];
  for (std::int32_t user = 0; user < n_users; ++user) begin[user + 1] += begin[user];
  std::vector<std::int32_t> sorted(rows.size());
  std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
  for (const std::int32_t row : rows) sorted[next[of.user(row)]++] = row;

  const auto is_before = [&](std::int32_t a, std::int32_t b) { return of.time(a) < of.time(b); };
  parallel_for(n_users, kUsersAtOnce, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t user = from; user < to; ++user) {
      const auto first = sorted.begin() + begin[user], last = sorted.begin() + begin[user + 1];
      if (!std::is_sorted(first, last, is_before)) std::stable_sort(first, last, is_before);
    }
  });
  std::vector<std::int32_t> history_users;
  std::vector<std::int64_t> offsets{0};
  for (std::int32_t user = 0; user < n_users; ++user) {
    if (begin[user] == begin[user + 1]) continue;
    history_users.push_back(user);
    offsets.push_back(begin[user + 1]);
  }
  Values values(of);
  parallel_for(std::ssize(sorted), kRowsAtOnce, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t place = from; place < to; ++place) values.set(place, record_of(of, sorted[place]));
  });
  out.history_users = std::move(history_users);
  out.offsets = std::move(offsets);
  values.move_to(out);
}

void order_on_disk(Prepared& out, const Interactions& of) {
  ExternalSort<Record, ByUserAndTime> sort(SpillScope::folder(), SpillScope::memory(), of.raw.rows.size());
  for (const std::int32_t row : of.raw.rows) sort.add(record_of(of, row));
  std::vector<std::int32_t> history_users;
  std::vector<std::int64_t> offsets;
  Values values(of);
  std::int64_t place = 0;
  sort.each([&](const Record& record) {
    if (history_users.empty() || history_users.back() != record.user) {
      history_users.push_back(record.user);
      offsets.push_back(place);
    }
    values.set(static_cast<std::size_t>(place++), record);
  });
  offsets.push_back(place);
  out.history_users = std::move(history_users);
  out.offsets = std::move(offsets);
  values.move_to(out);
}

}  // namespace seqrec::data
