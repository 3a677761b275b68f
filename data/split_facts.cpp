#include "data/split_facts.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace seqrec::data {
namespace {

/// Calls f(row) for the last training row of each history.
template <class F>
void each_last_row(const Dataset& dataset, F&& f) {
  std::optional<Row> last;
  for (const Row row : dataset.train) {
    if (last && last->history != row.history) f(*last);
    last = row;
  }
  if (last) f(*last);
}

}  // namespace

std::vector<std::int64_t> trained_counts(const Dataset& dataset) {
  std::vector<std::int64_t> counts(dataset.n_items());
  if (dataset.presplit) {
    counts = item_counts(dataset, dataset.train);
    for (const Row row : dataset.train)
      for (const std::int32_t item : dataset.before(row)) counts[item] = std::max<std::int64_t>(counts[item], 1);
    return counts;
  }
  each_last_row(dataset, [&](Row row) {
    for (const std::int32_t item : dataset.history(row.history).first(row.position + 1)) ++counts[item];
  });
  return counts;
}

ColdRows cold_rows(const Dataset& dataset, Split split) {
  const std::vector<std::int64_t> counts = trained_counts(dataset);
  std::vector<char> trained(static_cast<std::size_t>(dataset.n_users()));
  for (const Row row : dataset.train) trained[dataset.user(row)] = 1;
  ColdRows out;
  for (const Row row : dataset.rows(split)) {
    out.items += counts[dataset.target(row)] == 0;
    out.users += dataset.user(row) == 0 || !trained[dataset.user(row)];
  }
  return out;
}

void count_later(Dataset& dataset, const TimeScale& scale, std::span<const std::int64_t> keys) {
  if (dataset.test.empty()) return;
  const auto key_at = [&](std::int64_t history, std::int64_t position) {
    return keys[static_cast<std::size_t>(dataset.offsets[history] + position)];
  };
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (const Row row : dataset.test) earliest = std::min(earliest, key_at(row.history, row.position));
  dataset.facts.earliest_test_target = scale.time(earliest);
  each_last_row(dataset, [&](Row row) {
    for (std::int64_t position = 0; position <= row.position; ++position)
      dataset.facts.train_later += key_at(row.history, position) > earliest;
  });
}

void count_cold(Dataset& dataset) {
  SplitFacts& facts = dataset.facts;
  const std::vector<std::int64_t> counts = trained_counts(dataset);
  facts.train_interactions =
      dataset.presplit ? std::ssize(dataset.train) : std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const ColdRows cold = cold_rows(dataset, Split::Test);
  facts.cold_item_targets = cold.items;
  facts.cold_user_rows = cold.users;
}

}  // namespace seqrec::data
