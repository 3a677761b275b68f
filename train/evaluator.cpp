#include "train/evaluator.h"

#include <algorithm>
#include <cmath>

#include "autograd/variable.h"
#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::train {
namespace {

using data::Row;
using models::SequentialRecommender;
using Mode = data::EvalMode::Kind;

/// Scores that rank_all_exactly keeps at once.
constexpr std::int64_t kScoresAtOnce = 1 << 22;

/// Evaluation mode, and back to what was.
class EvalScope {
 public:
  explicit EvalScope(SequentialRecommender& model) : model_(model), training_(model.training()) { model.eval(); }
  ~EvalScope() { model_.train(training_); }
  EvalScope(const EvalScope&) = delete;
  EvalScope& operator=(const EvalScope&) = delete;

 private:
  SequentialRecommender& model_;
  bool training_;
  autograd::NoGrad no_grad_;
};

std::vector<double> to_doubles(const Tensor& scores) {
  std::vector<double> out = kernels::convert(scores, DType::F64).to_vector<double>();
  for (const double score : out) require<NumericError>(!std::isnan(score), "the model's scores hold a NaN");
  return out;
}

/// The items of a row's history that a masked evaluation leaves out.
std::vector<std::int32_t> masked_items(const data::Dataset& dataset, Row row) {
  const auto before = dataset.before(row);
  std::vector<std::int32_t> items(before.begin(), before.end());
  std::erase(items, dataset.target(row));
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

/// The scores of each row's target and then of its negatives, row by row.
Tensor score_candidates(SequentialRecommender& model, const Batch& batch) {
  const std::int64_t negatives = batch.negatives_per_row();
  std::vector<std::int32_t> offsets{0}, candidates;
  candidates.reserve(batch.rows() * (1 + negatives));
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    candidates.push_back(batch.targets[row]);
    for (std::int64_t i = 0; i < negatives; ++i) candidates.push_back(batch.negatives[row * negatives + i]);
    offsets.push_back(static_cast<std::int32_t>(candidates.size()));
  }
  return model.predict_candidates(batch, {Windows::adjacent(std::move(offsets)), Index(std::move(candidates))});
}

}  // namespace

Evaluator::Evaluator(const data::Dataset& dataset, data::Split split, const data::Config& config)
    : dataset_(&dataset),
      choice_(metric_choice(config, split)),
      mode_(config.eval_mode(split).kind),
      mask_history_(config.get_bool("mask_history")),
      batches_(dataset, split, config) {
  require<ConfigError>(mode_ != Mode::Labeled || !dataset.labels.empty(),
                       "eval_args.mode labeled needs labels: load the column ", config.get_string("LABEL_FIELD"),
                       ", or make them with threshold");
  if (choice_.needs(MetricInfo::Kind::Lists))
    catalogue_ = {dataset.n_items(), data::item_counts(dataset, dataset.train)};
}

MetricValues Evaluator::evaluate(SequentialRecommender& model, std::int64_t round) const {
  const EvalScope scope(model);
  const bool values = choice_.needs(MetricInfo::Kind::Value), exactly = choice_.needs(MetricInfo::Kind::MeanRank);
  Rankings rankings;
  rankings.k = choice_.longest();
  Predictions predictions;
  for (std::int64_t step = 0; step < batches_.size(); ++step) {
    if (mode_ == Mode::Full) {
      exactly ? rank_all_exactly(model, step, rankings) : rank_all(model, step, rankings);
      continue;
    }
    const Batch batch = batches_.batch(step, round);
    if (mode_ == Mode::Labeled) {
      const std::vector<double> scores = to_doubles(model.predict(batch));
      predictions.scores.insert(predictions.scores.end(), scores.begin(), scores.end());
      for (const Row row : batches_.rows(step))
        predictions.labels.push_back(dataset_->labels[dataset_->offsets[row.history] + row.position]);
      continue;
    }
    const std::vector<double> scores = to_doubles(score_candidates(model, batch));
    if (!values) {
      rank_sampled(batch, scores, step, rankings);
      continue;
    }
    const auto group = static_cast<std::size_t>(1 + batch.negatives_per_row());
    predictions.scores.insert(predictions.scores.end(), scores.begin(), scores.end());
    for (std::size_t i = 0; i < scores.size(); ++i) predictions.labels.push_back(i % group == 0 ? 1 : 0);
  }
  return values ? compute_metrics(choice_, predictions) : compute_metrics(choice_, rankings, catalogue_);
}

void Evaluator::rank_all(SequentialRecommender& model, std::int64_t step, Rankings& rankings) const {
  const std::span<const Row> rows = batches_.rows(step);
  Ragged excluded;
  if (mask_history_) {
    std::vector<std::int32_t> offsets{0}, ids;
    for (const Row row : rows) {
      const std::vector<std::int32_t> items = masked_items(*dataset_, row);
      ids.insert(ids.end(), items.begin(), items.end());
      offsets.push_back(static_cast<std::int32_t>(ids.size()));
    }
    excluded = {Windows::adjacent(std::move(offsets)), Index(std::move(ids))};
  }
  const Batch batch = batches_.batch(step);
  const models::Recommendations best = model.recommend(batch, rankings.k, excluded);
  to_doubles(best.scores);  // refuses NaN
  const std::vector<std::int32_t> items = best.items.to_vector<std::int32_t>();
  const auto k = static_cast<std::size_t>(rankings.k);
  for (std::size_t i = 0; i < rows.size(); ++i)
    add_user(rankings, std::span(items).subspan(i * k, k), dataset_->target(rows[i]));
}

void Evaluator::rank_all_exactly(SequentialRecommender& model, std::int64_t step, Rankings& rankings) const {
  const std::span<const Row> rows = batches_.rows(step);
  const auto n_items = static_cast<std::size_t>(dataset_->n_items());
  const auto at_once = static_cast<std::size_t>(std::max<std::int64_t>(1, kScoresAtOnce / dataset_->n_items()));
  std::vector<Candidate> candidates;
  for (std::size_t begin = 0; begin < rows.size(); begin += at_once) {
    const auto part = rows.subspan(begin, std::min(at_once, rows.size() - begin));
    const std::vector<double> scores = to_doubles(model.full_sort_predict(data::make_batch(*dataset_, part)));
    for (std::size_t i = 0; i < part.size(); ++i) {
      candidates.clear();
      const std::vector<std::int32_t> masked =
          mask_history_ ? masked_items(*dataset_, part[i]) : std::vector<std::int32_t>();
      const std::int32_t target = dataset_->target(part[i]);
      for (std::size_t item = 1; item < n_items; ++item) {
        const auto id = static_cast<std::int32_t>(item);
        if (!std::binary_search(masked.begin(), masked.end(), id))
          candidates.push_back({id, scores[i * n_items + item], id == target});
      }
      add_user(rankings, candidates);
    }
  }
}

void Evaluator::rank_sampled(const Batch& batch, const std::vector<double>& scores, std::int64_t step,
                             Rankings& rankings) const {
  const std::span<const Row> rows = batches_.rows(step);
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
    add_user(rankings, candidates);
  }
}

}  // namespace seqrec::train
