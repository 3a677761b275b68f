#include "train/evaluator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "train/masked_items.h"
#include "train/message.h"
#include "train/protocol.h"
#include "train/scoring.h"

namespace seqrec::train {
namespace {

using data::Row;
using models::SequentialRecommender;
using Mode = data::EvalMode::Kind;

/// Scores that rank_all_exactly keeps at once, and items that rank_all leaves out at once.
constexpr std::int64_t kScoresAtOnce = 1 << 22;
constexpr std::size_t kMaskedAtOnce = 1 << 22;

/// Appends to the first process' numbers those that the others found of their batches.
template <class... T>
void gather(Team& team, std::vector<T>&... numbers) {
  const auto own = [&] {
    MessageWriter message;
    (message.add(std::span<const T>(numbers)), ...);
    return message.take();
  };
  team.gather(own, [&](const dist::Message& message) {
    MessageReader part(message);
    (part.append_to(numbers), ...);
  });
}

}  // namespace

Evaluator::Evaluator(const data::Dataset& dataset, data::Split split, const data::Config& config)
    : dataset_(&dataset),
      choice_(metric_choice(config, split)),
      decimal_places_(config.get_int("metric_decimal_place")),
      eval_mode_(config.at("eval_args").at("mode").at(split == data::Split::Test ? "test" : "valid").as_string()),
      protocol_(protocol(dataset, config, split)),
      mode_(config.eval_mode(split).kind),
      mask_history_(config.get_bool("mask_history")),
      batches_(dataset, split, config) {
  require<ConfigError>(mode_ != Mode::Labeled || !dataset.labels.empty(),
                       "eval_args.mode labeled needs labels: load the column ", config.get_string("LABEL_FIELD"),
                       ", or make them with threshold");
  catalogue_ = {dataset.n_items(), data::item_counts(dataset, dataset.train)};
}

void Evaluator::each_batch(const RowsDone& done, const Team* team,
                           const std::function<void(std::int64_t)>& evaluate_step) const {
  const auto [first, end] = team ? team->part(batches_.size()) : std::pair(std::int64_t{0}, batches_.size());
  std::int64_t own = 0, so_far = 0;
  for (std::int64_t step = first; step < end; ++step) own += std::ssize(batches_.rows(step));
  for (std::int64_t step = first; step < end; ++step) {
    evaluate_step(step);
    so_far += std::ssize(batches_.rows(step));
    if (done) done(rows() * so_far / own);  // the others are as far
  }
}

MetricValues Evaluator::evaluate(SequentialRecommender& model, std::int64_t round, const RowsDone& done,
                                 Team* team) const {
  const EvalScope scope(model);
  const bool values = choice_.needs(MetricInfo::Kind::Value), exactly = choice_.needs(MetricInfo::Kind::MeanRank);
  Rankings rankings;
  rankings.k = choice_.longest(dataset_->n_items() - 1);
  Predictions predictions;
  each_batch(done, team, [&](std::int64_t step) {
    if (mode_ == Mode::Full) {
      exactly ? rank_all_exactly(model, step, rankings) : rank_all(model, step, rankings);
      return;
    }
    const Batch batch = batches_.batch(step, round);
    if (mode_ == Mode::Labeled) {
      const std::vector<double> scores = to_doubles(model.predict(batch));
      predictions.scores.insert(predictions.scores.end(), scores.begin(), scores.end());
      for (const Row row : batches_.rows(step))
        predictions.labels.push_back(dataset_->labels[dataset_->offsets[row.history] + row.position]);
      return;
    }
    const std::vector<double> scores = to_doubles(score_candidates(model, batch));
    if (!values) {
      rank_sampled(batch, scores, step, rankings);
      return;
    }
    const auto group = static_cast<std::size_t>(1 + batch.negatives_per_row());
    predictions.scores.insert(predictions.scores.end(), scores.begin(), scores.end());
    for (std::size_t i = 0; i < scores.size(); ++i) predictions.labels.push_back(i % group == 0 ? 1 : 0);
  });
  if (team && team->is_shared()) {
    gather(*team, rankings.items, rankings.hits, rankings.positives, rankings.rank_sums, rankings.candidates,
           predictions.scores, predictions.labels);
    if (!team->leads()) return {};
  }
  return values ? compute_metrics(choice_, predictions) : compute_metrics(choice_, rankings, catalogue_);
}

void Evaluator::rank_all(SequentialRecommender& model, std::int64_t step, Rankings& rankings) const {
  const std::vector<Row> of_step = batches_.rows(step);
  const std::span<const Row> rows = of_step;
  const auto rank = [&](std::span<const Row> part, const Batch& batch, const Ragged& excluded) {
    const models::Recommendations best = model.recommend(batch, rankings.k, excluded);
    to_doubles(best.scores);  // refuses NaN
    const std::vector<std::int32_t> items = best.items.to_vector<std::int32_t>();
    const auto k = static_cast<std::size_t>(rankings.k);
    for (std::size_t i = 0; i < part.size(); ++i)
      add_user(rankings, std::span(items).subspan(i * k, k), dataset_->target(part[i]));
  };
  if (!mask_history_) return rank(rows, batches_.batch(step), {});
  MaskedItems masked(*dataset_);
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    std::vector<std::int32_t> offsets{0}, ids;
    for (; end < rows.size() && ids.size() < kMaskedAtOnce; ++end) {
      masked.add_to(ids, rows[end]);
      offsets.push_back(static_cast<std::int32_t>(ids.size()));
    }
    const auto part = rows.subspan(begin, end - begin);
    rank(part, data::make_batch(*dataset_, part), {Windows::adjacent(std::move(offsets)), Index(std::move(ids))});
  }
}

void Evaluator::rank_all_exactly(SequentialRecommender& model, std::int64_t step, Rankings& rankings) const {
  const std::vector<Row> of_step = batches_.rows(step);
  const std::span<const Row> rows = of_step;
  const auto n_items = static_cast<std::size_t>(dataset_->n_items());
  const auto at_once = static_cast<std::size_t>(std::max<std::int64_t>(1, kScoresAtOnce / dataset_->n_items()));
  std::vector<Candidate> candidates;
  std::vector<std::int32_t> left_out;
  MaskedItems masked(*dataset_);
  for (std::size_t begin = 0; begin < rows.size(); begin += at_once) {
    const auto part = rows.subspan(begin, std::min(at_once, rows.size() - begin));
    const std::vector<double> scores = to_doubles(model.full_sort_predict(data::make_batch(*dataset_, part)));
    for (std::size_t i = 0; i < part.size(); ++i) {
      candidates.clear();
      left_out.clear();
      if (mask_history_) masked.add_to(left_out, part[i]);
      const std::int32_t target = dataset_->target(part[i]);
      for (std::size_t item = 1; item < n_items; ++item) {
        const auto id = static_cast<std::int32_t>(item);
        if (!std::binary_search(left_out.begin(), left_out.end(), id))
          candidates.push_back({id, scores[i * n_items + item], id == target});
      }
      add_user(rankings, candidates);
    }
  }
}

void Evaluator::rank_sampled(const Batch& batch, const std::vector<double>& scores, std::int64_t step,
                             Rankings& rankings) const {
  each_sampled_group(batch, scores, step,
                     [&](std::span<const Row>, std::vector<Candidate>& candidates) { add_user(rankings, candidates); });
}

void Evaluator::each_sampled_group(
    const Batch& batch, const std::vector<double>& scores, std::int64_t step,
    const std::function<void(std::span<const Row>, std::vector<Candidate>&)>& visit) const {
  const std::vector<Row> of_step = batches_.rows(step);
  const std::span<const Row> rows = of_step;
  const std::int64_t negatives = batch.negatives_per_row();
  const auto group = static_cast<std::size_t>(1 + negatives);
  std::vector<Candidate> candidates;
  for (std::size_t begin = 0, end; begin < rows.size(); begin = end) {
    for (end = begin; end < rows.size() && rows[end].history == rows[begin].history; ++end) continue;
    candidates.clear();
    for (std::size_t row = begin; row < end; ++row)  // targets first: their own scores count
      candidates.push_back({batch.targets[static_cast<std::int64_t>(row)], scores[row * group], true});
    for (std::size_t row = begin; row < end; ++row)
      for (std::size_t i = 1; i < group; ++i)
        candidates.push_back(
            {batch.negatives[static_cast<std::int64_t>(row) * negatives + static_cast<std::int64_t>(i) - 1],
             scores[row * group + i], false});
    visit(rows.subspan(begin, end - begin), candidates);
  }
}

}  // namespace seqrec::train
