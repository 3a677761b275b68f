#include "data/batches.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace seqrec::data {
namespace {

/// The rows' places in order of history and the end of their windows.
std::vector<std::int32_t> by_position(std::span<const Row> rows) {
  struct Keyed {
    std::uint64_t key;
    std::int32_t place;
  };
  std::vector<Keyed> keyed(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    keyed[i] = {static_cast<std::uint64_t>(rows[i].history) << 32 |
                    static_cast<std::uint32_t>(rows[i].position - rows[i].skipped),
                static_cast<std::int32_t>(i)};
  const auto less = [](const Keyed& a, const Keyed& b) { return a.key < b.key; };
  if (!std::is_sorted(keyed.begin(), keyed.end(), less)) std::sort(keyed.begin(), keyed.end(), less);
  std::vector<std::int32_t> places(rows.size());
  std::transform(keyed.begin(), keyed.end(), places.begin(), [](const Keyed& k) { return k.place; });
  return places;
}

Index draw_negatives(const NegativeSampler& sampler, RandomStream stream, std::span<const std::int32_t> targets,
                     const std::function<std::int64_t(std::int64_t)>& number_of) {
  std::vector<std::int32_t> negatives;
  negatives.reserve(targets.size() * static_cast<std::size_t>(sampler.sample_num()));
  for (std::size_t i = 0; i < targets.size(); ++i)
    sampler.draw(stream, number_of(static_cast<std::int64_t>(i)), targets[i], negatives);
  return Index(std::move(negatives));
}

std::vector<std::int64_t> even_cuts(std::int64_t rows, std::int64_t batch_rows) {
  std::vector<std::int64_t> cuts{0};
  while (cuts.back() < rows) cuts.push_back(std::min(rows, cuts.back() + batch_rows));
  return cuts;
}

/// Where each history's rows begin among those with these numbers, and the end.
std::vector<std::int64_t> history_begins(const RowList& rows, const RowNumbers& numbers) {
  std::vector<std::int64_t> begins;
  std::int64_t place = 0, number = 0;
  for (std::int32_t history = -1; const Row row : rows) {
    if (place == numbers.size()) break;
    if (number++ != numbers[place]) continue;
    if (std::exchange(history, row.history) != row.history) begins.push_back(place);
    ++place;
  }
  begins.push_back(place);
  return begins;
}

}  // namespace

/// make_batch, with the values' negatives if there are any, and no window of history h beginning before first_items[h].
static Batch make_batch(const Dataset& dataset, std::span<const Row> rows, const HistoryNegatives* negatives,
                        std::span<const std::int32_t> first_items) {
  std::vector<std::int32_t> value_negatives, items, value_users, users(rows.size()), targets(rows.size());
  std::vector<std::int32_t> begin(rows.size()), end(rows.size());
  std::int64_t covered_history = -1;  // the values at hand are positions [.., covered_end) of this history
  std::int64_t covered_end = 0;
  for (const std::int32_t r : by_position(rows)) {
    const Row row = rows[r];
    const std::int64_t least = first_items.empty() ? 0 : first_items[row.history];
    const std::int64_t last = row.position - row.skipped, first = std::max(least, last - dataset.max_length);
    if (row.history != covered_history || first > covered_end) covered_end = first;
    covered_history = row.history;
    const std::int32_t user = dataset.user(row);
    const auto history = dataset.history(row.history);
    if (last > covered_end) {
      items.insert(items.end(), history.begin() + covered_end, history.begin() + last);
      value_users.insert(value_users.end(), last - covered_end, user);
      for (std::int64_t i = covered_end; negatives && i < last; ++i)
        value_negatives.push_back(negatives->at(dataset.offsets[row.history] + i, history[i]));
      covered_end = last;
    }
    end[r] = static_cast<std::int32_t>(static_cast<std::int64_t>(items.size()) - (covered_end - last));
    begin[r] = static_cast<std::int32_t>(end[r] - (last - first));
    users[r] = user;
    targets[r] = dataset.target(row);
  }
  const auto values = static_cast<std::int64_t>(items.size());
  Batch batch;
  batch.items = Index(std::move(items));
  batch.value_users = Index(std::move(value_users));
  batch.windows = Windows(std::move(begin), std::move(end), values);
  batch.users = Index(std::move(users));
  batch.targets = Index(std::move(targets));
  batch.value_negatives = Index(std::move(value_negatives));
  return batch;
}

Batch make_batch(const Dataset& dataset, std::span<const Row> rows) { return make_batch(dataset, rows, nullptr, {}); }

namespace {

void add_labels(Batch& batch, const Dataset& dataset, std::span<const Row> rows) {
  if (dataset.labels.empty()) return;
  for (const Row row : rows) batch.labels.push_back(dataset.labels[dataset.offsets[row.history] + row.position]);
}

/// The n targets after each row's own: those of the training rows after it in its history.
Index next_targets(const Dataset& dataset, std::span<const std::int32_t> numbers, std::int64_t n) {
  std::vector<std::int32_t> targets;
  targets.reserve(numbers.size() * static_cast<std::size_t>(n));
  for (const std::int32_t number : numbers) {
    const Row row = dataset.train[number];
    for (std::int64_t i = 1; i <= n; ++i) {
      const auto next = static_cast<std::size_t>(number + i);
      const bool follows = next < dataset.train.size() &&
                           dataset.train[next] == Row{row.history, static_cast<std::int32_t>(row.position + i)};
      targets.push_back(follows ? dataset.target(dataset.train[next]) : 0);
    }
  }
  return Index(std::move(targets));
}

}  // namespace

struct TrainBatches::Epoch::Plan {
  const Dataset* dataset;
  std::int64_t next_targets;
  std::shared_ptr<const NegativeSampler> sampler;
  std::shared_ptr<const SharedSampler> shared_sampler;
  std::shared_ptr<const HistoryNegatives> history_negatives;
  RandomStream negatives;
  std::vector<std::int32_t> first_items;
  std::vector<std::int64_t> cuts;  // batch s holds the rows at places cuts[s] .. cuts[s + 1) of the order
  std::int64_t shards;
  bool by_history;
  std::vector<std::int32_t> order;  // numbers of the training rows; not by history
  // By history: the one that is h-th in the order has the places starts[h] .. starts[h + 1), and the numbers from
  // numbers[begins[h]] on.
  std::vector<std::int64_t> starts, begins;
  RowNumbers numbers{0};

  /// The numbers of the rows at so many places.
  std::vector<std::int32_t> numbers_at(std::int64_t begin, std::int64_t count) const {
    if (!by_history) return {order.begin() + begin, order.begin() + begin + count};
    std::vector<std::int32_t> out;
    out.reserve(static_cast<std::size_t>(count));
    auto h = std::ranges::upper_bound(starts, begin) - starts.begin() - 1;
    for (std::int64_t place = begin; place < begin + count; ++place) {
      if (place == starts[h + 1]) ++h;
      out.push_back(numbers[begins[h] + place - starts[h]]);
    }
    return out;
  }

  /// Where a shard of a batch begins; that after the last one is where the batch ends.
  std::int64_t cut(std::int64_t step, std::int64_t shard) const {
    const std::int64_t begin = cuts[step], end = cuts[step + 1];
    const std::int64_t even = begin + (end - begin) * shard / shards;
    if (!by_history) return even;
    const auto next = std::ranges::lower_bound(starts, even);
    const std::int64_t after = std::min(*next, end);
    const std::int64_t before = *next == even ? even : std::max(*(next - 1), begin);
    return even - before <= after - even ? before : after;
  }
};

TrainBatches::TrainBatches(const Dataset& dataset, const Config& config, const BatchNeeds& needs)
    : dataset_(&dataset),
      numbers_(dataset.train.size()),
      batch_rows_(config.get_int("train_batch_size")),
      shards_(config.get_int("shards")),
      next_targets_(needs.next_targets),
      seed_(static_cast<std::uint64_t>(config.get_int("seed"))),
      shuffle_(config.get_bool("shuffle")),
      by_history_(config.get_string("batching") == "histories") {
  if (needs.value_negatives) history_negatives_ = std::make_shared<const HistoryNegatives>(dataset, seed_, needs.align);
  NegativeSampling sampling = config.train_negatives();
  if (sampling.shared) {
    const std::int64_t others = dataset.n_items() - 2;  // beside a target
    if (!config.is_explicit("train_neg_sample_args") && others > 0)
      sampling.sample_num = std::min(sampling.sample_num, others);
    if (sampling.sample_num > others)
      config.fail("train_neg_sample_args", concat("a sample_num of at most ", others,
                                                  ", the items beside a target; loss_type CE compares with all"));
  } else if (sampling.any()) {
    sampler_ = std::make_shared<const NegativeSampler>(dataset, sampling);
    const std::int64_t scored = needs.pairwise ? sampling.sample_num : 1 + sampling.sample_num;
    batch_rows_ = std::max<std::int64_t>(1, batch_rows_ / scored);
  } else if (needs.labels && dataset.labels.empty()) {
    config.fail("train_neg_sample_args", "negatives, or labels to train on (LABEL_FIELD, threshold)");
  }
  if (needs.last_windows) {
    if (!needs.uncut_key.empty() && (!by_history_ || batch_rows_ < dataset.max_length))
      config.fail(needs.uncut_key, concat("batching histories and a train_batch_size of at least ", dataset.max_length,
                                          " rows with it: the last window of a history is numbered as a whole"));
    keep_last_windows();
  }
  if (sampling.shared) shared_sampler_ = std::make_shared<const SharedSampler>(dataset, sampling, numbers_);
}

void TrainBatches::keep_last_windows() {
  first_items_.resize(dataset_->histories());
  for (const Row row : dataset_->train)  // ordered: a history's last row is the one that counts
    first_items_[row.history] =
        static_cast<std::int32_t>(std::max<std::int64_t>(0, row.position - dataset_->max_length));
  std::vector<std::int32_t> kept;
  for (std::int32_t number = 0; const Row row : dataset_->train) {
    if (row.position > first_items_[row.history]) kept.push_back(number);
    ++number;
  }
  numbers_ = RowNumbers(std::move(kept));
}

TrainBatches::Epoch TrainBatches::epoch(std::int64_t epoch) const {
  const auto part = static_cast<std::uint64_t>(epoch);
  Random random(random_stream(seed_, Purpose::Shuffle, part));
  auto plan = std::make_shared<Epoch::Plan>();
  plan->dataset = dataset_;
  plan->next_targets = next_targets_;
  plan->sampler = sampler_;
  plan->shared_sampler = shared_sampler_;
  plan->history_negatives = history_negatives_;
  plan->negatives = random_stream(seed_, Purpose::TrainNegatives, part);
  plan->first_items = first_items_;
  plan->shards = shards_;
  plan->by_history = by_history_;
  if (!by_history_) {
    plan->order.resize(static_cast<std::size_t>(rows()));
    for (std::int64_t place = 0; place < rows(); ++place) plan->order[place] = numbers_[place];
    if (shuffle_) random.shuffle(plan->order);
    plan->cuts = even_cuts(rows(), batch_rows_);
  } else {
    const std::vector<std::int64_t> begins = history_begins(dataset_->train, numbers_);
    std::vector<std::int32_t> histories(begins.size() - 1);
    std::iota(histories.begin(), histories.end(), 0);
    if (shuffle_) random.shuffle(histories);
    plan->numbers = numbers_;
    plan->starts.reserve(begins.size());
    plan->begins.reserve(histories.size());
    plan->cuts = {0};
    std::int64_t size = 0;
    for (const std::int32_t h : histories) {
      // A history that doesn't fit in what is left of the batch begins the next one.
      const std::int64_t rows = begins[h + 1] - begins[h];
      if (size > plan->cuts.back() && size + rows - plan->cuts.back() > batch_rows_) plan->cuts.push_back(size);
      plan->starts.push_back(size);
      plan->begins.push_back(begins[h]);
      for (size += rows; size - plan->cuts.back() > batch_rows_;) plan->cuts.push_back(plan->cuts.back() + batch_rows_);
    }
    plan->starts.push_back(size);
    if (plan->cuts.back() < rows()) plan->cuts.push_back(rows());
  }
  Epoch out;
  out.plan_ = std::move(plan);
  return out;
}

std::pair<std::int64_t, std::int64_t> TrainBatches::epoch_sizes() const {
  const std::int64_t least = (rows() + batch_rows_ - 1) / batch_rows_;
  return {least, by_history_ ? rows() : least};
}

std::int64_t TrainBatches::Epoch::size() const { return static_cast<std::int64_t>(plan_->cuts.size()) - 1; }

std::int64_t TrainBatches::Epoch::rows(std::int64_t step) const { return plan_->cuts[step + 1] - plan_->cuts[step]; }

std::int64_t TrainBatches::Epoch::rows(std::int64_t step, std::int64_t shard) const {
  return plan_->cut(step, shard + 1) - plan_->cut(step, shard);
}

Batch TrainBatches::Epoch::batch(std::int64_t step, std::int64_t shard) const {
  const std::vector<std::int32_t> numbers = plan_->numbers_at(plan_->cut(step, shard), rows(step, shard));
  std::vector<Row> rows(numbers.size());
  std::transform(numbers.begin(), numbers.end(), rows.begin(),
                 [this](std::int32_t number) { return plan_->dataset->train[number]; });
  Batch batch = make_batch(*plan_->dataset, rows, plan_->history_negatives.get(), plan_->first_items);
  if (plan_->shared_sampler)
    batch.shared_negatives =
        plan_->shared_sampler->draw(plan_->negatives, step * plan_->shards + shard, batch.targets.host());
  else if (plan_->sampler)
    batch.negatives = draw_negatives(*plan_->sampler, plan_->negatives, batch.targets.host(),
                                     [&](std::int64_t i) { return numbers[i]; });
  else
    add_labels(batch, *plan_->dataset, rows);
  if (plan_->next_targets > 0) batch.next_targets = next_targets(*plan_->dataset, numbers, plan_->next_targets);
  return batch;
}

EvalBatches::EvalBatches(const Dataset& dataset, Split split, const Config& config)
    : dataset_(&dataset),
      split_(split),
      seed_(static_cast<std::uint64_t>(config.get_int("seed"))),
      redraw_(config.get_string("eval_negatives") == "redraw") {
  const EvalMode mode = config.eval_mode(split);
  const std::int64_t size = config.get_int("eval_batch_size");
  if (mode.kind != EvalMode::Kind::Sampled) {
    cuts_ = even_cuts(rows(), size);
    return;
  }
  sampler_ = std::make_shared<const NegativeSampler>(dataset, mode.negatives);
  const std::int64_t most_rows = std::max<std::int64_t>(1, size / (1 + mode.negatives.sample_num));
  const std::vector<std::int64_t> begins = history_begins(dataset.rows(split), RowNumbers(dataset.rows(split).size()));
  cuts_ = {0};
  for (std::size_t h = 1; h < begins.size(); ++h)
    if (begins[h] - cuts_.back() > most_rows && begins[h - 1] > cuts_.back()) cuts_.push_back(begins[h - 1]);
  if (cuts_.back() < rows()) cuts_.push_back(rows());
}

std::vector<Row> EvalBatches::rows(std::int64_t step) const {
  return dataset_->rows(split_).slice(static_cast<std::size_t>(cuts_[step]), static_cast<std::size_t>(cuts_[step + 1]));
}

Batch EvalBatches::batch(std::int64_t step, std::int64_t round) const {
  const std::vector<Row> rows = this->rows(step);
  Batch batch = make_batch(*dataset_, rows);
  add_labels(batch, *dataset_, rows);
  if (sampler_) {
    const std::uint64_t part =
        static_cast<std::uint64_t>(redraw_ ? round : 0) << 8 | static_cast<std::uint64_t>(split_);
    batch.negatives = draw_negatives(*sampler_, random_stream(seed_, Purpose::EvalNegatives, part),
                                     batch.targets.host(), [&](std::int64_t i) { return cuts_[step] + i; });
  }
  return batch;
}

}  // namespace seqrec::data
