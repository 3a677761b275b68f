#include "models/dien_input.h"

#include <algorithm>
#include <numeric>

namespace seqrec::models {
namespace {

/// The places in the ascending, different `groups.ids` of each id of the grouped index.
Index places_of(const Groups& groups) { return Index(groups.group_of); }

}  // namespace

DienHistory dien_history(const Batch& batch, std::int64_t max_length) {
  const Windows cut = batch.windows.keep_last(max_length);
  const auto rows = static_cast<std::size_t>(cut.size());
  // The rows by begin: those of equal begin are of one run, which ends where the longest does.
  std::vector<std::int32_t> first, last;  // of each run
  const Index begins(std::vector<std::int32_t>(cut.begin().begin(), cut.begin().end()));
  const Groups& groups = begins.groups();
  for (std::size_t run = 0; run < groups.ids.size(); ++run) {
    first.push_back(groups.ids[run]);
    last.push_back(groups.ids[run]);
    for (std::int32_t i = groups.offsets[run]; i < groups.offsets[run + 1]; ++i)
      last[run] = std::max(last[run], cut.end()[groups.order[i]]);
  }
  const Windows runs(std::move(first), std::move(last), cut.values());
  std::vector<std::int32_t> begin(rows), end(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    begin[row] = runs.offsets()[groups.group_of[row]];
    end[row] = begin[row] + cut.length(static_cast<std::int64_t>(row));
  }
  return {.items = Index(batch.items.groups().ids),
          .value_items = places_of(batch.items.groups()),
          .runs = runs,
          .windows = Windows(std::move(begin), std::move(end), runs.entries())};
}

DienTargets dien_targets(const DienHistory& history, const Index& users, std::span<const std::int32_t> rows,
                         std::span<const std::int32_t> items) {
  std::vector<std::int32_t> of_rows;
  for (const std::int32_t row : rows) of_rows.push_back(users[row]);
  const Index all_items(std::vector<std::int32_t>(items.begin(), items.end())), all_users(std::move(of_rows));
  return {.windows = history.windows.select(rows),
          .items = Index(all_items.groups().ids),
          .item_places = places_of(all_items.groups()),
          .users = Index(all_users.groups().ids),
          .user_places = places_of(all_users.groups())};
}

DienAuxiliary dien_auxiliary(const Batch& batch, const DienHistory& history) {
  require<ShapeError>(batch.value_negatives.size() == batch.items.size(),
                      "[dien] expected a negative item for each of ", batch.items.size(), " values, got ",
                      batch.value_negatives.size());
  // How many rows read the state of a place and the item after it.
  std::vector<std::int64_t> reads(static_cast<std::size_t>(history.windows.values()) + 1);
  for (std::int64_t row = 0; row < history.windows.size(); ++row) {
    if (history.windows.length(row) < 2) continue;
    ++reads[history.windows.begin()[row]];
    --reads[history.windows.end()[row] - 1];
  }
  std::vector<std::int32_t> states, clicked, unclicked;
  std::vector<double> weights;
  double sum = 0;
  const Index& values = history.runs.entry_values();
  for (std::int64_t place = 0, count = 0; place < history.windows.values(); ++place) {
    count += reads[place];
    if (count == 0) continue;
    const std::int32_t next = values[place + 1];
    states.push_back(static_cast<std::int32_t>(place));
    clicked.push_back(history.value_items[next]);
    unclicked.push_back(batch.value_negatives[next]);
    weights.push_back(static_cast<double>(count));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return {.states = Index(std::move(states)),
          .clicked = Index(std::move(clicked)),
          .unclicked = Index(std::move(unclicked)),
          .weights = std::move(weights)};
}

namespace {

/// Each place of `first` that `second` names, and so on: first[second[i]].
Index through(std::span<const std::int32_t> first, const Index& second) {
  std::vector<std::int32_t> out;
  out.reserve(second.size());
  for (const std::int32_t place : second.host()) out.push_back(first[place]);
  return Index(std::move(out));
}

/// The rows' targets with their labels, then their negatives.
struct LabeledTargets {
  std::vector<std::int32_t> rows, items;
  std::vector<double> labels;

  explicit LabeledTargets(const Batch& batch)
      : rows(batch.rows()),
        items(batch.targets.host().begin(), batch.targets.host().end()),
        labels(batch.labels.begin(), batch.labels.end()) {
    const std::int64_t negatives = batch.negatives_per_row();
    require<UsageError>(
        negatives > 0 || labels.size() == rows.size(),
        "[dien] needs negatives (train_neg_sample_args) or labels (LABEL_FIELD, threshold) to train on");
    std::iota(rows.begin(), rows.end(), 0);
    if (negatives == 0) return;
    labels.assign(rows.size(), 1.0);
    labels.resize(rows.size() * static_cast<std::size_t>(1 + negatives), 0.0);
    for (std::int64_t i = 0; i < batch.negatives.size(); ++i) {
      rows.push_back(static_cast<std::int32_t>(i / negatives));
      items.push_back(batch.negatives[i]);
    }
  }
};

DienPairs pairs_of(const DienAuxiliary& auxiliary, std::span<const std::int32_t> clicked,
                   std::span<const std::int32_t> unclicked) {
  const std::size_t n = auxiliary.weights.size();
  std::vector<std::int32_t> states, items;
  for (int half = 0; half < 2; ++half)
    states.insert(states.end(), auxiliary.states.host().begin(), auxiliary.states.host().end());
  for (const std::int32_t place : auxiliary.clicked.host()) items.push_back(clicked[place]);
  items.insert(items.end(), unclicked.begin(), unclicked.end());
  std::vector<double> labels(2 * n), weights;
  std::fill_n(labels.begin(), n, 1.0);
  for (std::size_t i = 0; i < 2 * n; ++i) weights.push_back(auxiliary.weights[i % n] / 2);
  return {Index(std::move(states)), Index(std::move(items)), Numbers(std::move(labels)), Numbers(std::move(weights))};
}

}  // namespace

DienInput dien_input(const Batch& batch, std::int64_t max_length, bool with_pairs) {
  LabeledTargets labeled(batch);
  DienHistory history = dien_history(batch, max_length);
  DienTargets targets = dien_targets(history, batch.users, labeled.rows, labeled.items);
  const DienAuxiliary auxiliary = with_pairs ? dien_auxiliary(batch, history) : DienAuxiliary();

  std::vector<std::int32_t> ids;
  for (const Index& part : {history.items, targets.items, auxiliary.unclicked})
    ids.insert(ids.end(), part.host().begin(), part.host().end());
  const Index all(std::move(ids));
  const Index items(all.groups().ids);
  const auto places = std::span<const std::int32_t>(all.groups().group_of);
  const auto of_history = places.first(history.items.size());
  const auto of_targets = places.subspan(of_history.size(), targets.items.size());
  DienPairs pairs = pairs_of(auxiliary, of_history, places.last(auxiliary.unclicked.size()));
  history.value_items = through(of_history, history.value_items);
  targets.item_places = through(of_targets, targets.item_places);
  history.items = targets.items = items;
  return {items, std::move(history), std::move(targets), Numbers(std::move(labeled.labels)), std::move(pairs)};
}

}  // namespace seqrec::models
