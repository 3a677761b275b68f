#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/batches.h"
#include "models/model.h"
#include "train/events.h"
#include "train/rankings.h"
#include "train/row_results.h"
#include "train/team.h"

namespace seqrec::train {

/// Reads metrics, topk and tail_ratio and checks them against the split's evaluation mode. ConfigError for an unknown
/// metric, ranking and value metrics together, a value metric with `full`, a ranking metric with `labeled`,
/// mask_history with anything but `full`.
MetricChoice metric_choice(const data::Config& config, data::Split split);

/// RecBole's valid_metric as a key of results ("mrr@10"), and whether a larger value is better. ConfigError if it is
/// not among the metrics that are computed.
struct ValidMetric {
  std::string key;
  bool bigger;
};
ValidMetric valid_metric(const data::Config& config);

/// Evaluates models on one split. The modes (RecBole's eval_args.mode):
/// - full: each row's target is ranked among all items (without the history's, if mask_history; the target itself is
///   never masked). Only the k best scores of a row are kept, unless GAUC is asked for.
/// - uniN, popN: each row's target among N sampled ones; all rows of a history rank together, as in RecBole, and an
/// item
///   that is drawn twice or is a target of the history as well counts once, with its score as a target. Lists shorter
///   than k are legal. With value metrics every draw is a row with the label 0.
/// - labeled: scores of the targets against the labels that the data have.
class Evaluator {
 public:
  /// The dataset must outlive it. ConfigError (see metric_choice), or when labels are asked for and there are none.
  Evaluator(const data::Dataset& dataset, data::Split split, const data::Config& config);

  std::int64_t rows() const { return batches_.rows(); }
  /// The metrics, not rounded. `round` is the number of the evaluation: with `eval_negatives: redraw` each has
  /// negatives of its own. `done` is told after every batch. Leaves the model in the mode that it was in. NumericError
  /// if a score is NaN. Where several processes call it, each with the same model, each scores a part of the batches,
  /// and the first one alone returns what there is, to the same bits.
  MetricValues evaluate(models::SequentialRecommender& model, std::int64_t round = 0, const RowsDone& done = nullptr,
                        Team* team = nullptr) const;
  /// The same evaluation, row by row: row_metrics() of it are evaluate()'s. All scores of a row are looked at, for its
  /// exact rank; a part of the rows at a time. `model_name` stands in what is written. Of several processes the first
  /// one alone gets all rows, the others theirs.
  RowResults evaluate_rows(models::SequentialRecommender& model, const std::string& model_name, std::int64_t round = 0,
                           const RowsDone& done = nullptr, Team* team = nullptr) const;

 private:
  /// Calls evaluate_step(step) for each batch that is this process', and tells `done` how many rows there were so far.
  void each_batch(const RowsDone& done, const Team* team,
                  const std::function<void(std::int64_t step)>& evaluate_step) const;
  void rank_all(models::SequentialRecommender& model, std::int64_t step, Rankings& rankings) const;
  void rank_all_exactly(models::SequentialRecommender& model, std::int64_t step, Rankings& rankings) const;
  void rank_sampled(const Batch& batch, const std::vector<double>& scores, std::int64_t step, Rankings& rankings) const;

  /// Calls visit(rows, candidates) for the rows of each history of a batch: their targets, then what was drawn.
  void each_sampled_group(
      const Batch& batch, const std::vector<double>& scores, std::int64_t step,
      const std::function<void(std::span<const data::Row> rows, std::vector<Candidate>& candidates)>& visit) const;
  void rows_full(models::SequentialRecommender& model, std::int64_t step, RowResults& out) const;
  void rows_sampled(const Batch& batch, const Tensor& scores, std::int64_t step, RowResults& out) const;

  const data::Dataset* dataset_;
  MetricChoice choice_;
  std::int64_t decimal_places_;
  std::string eval_mode_;  // as the configuration has it
  Json protocol_;
  data::EvalMode::Kind mode_;
  bool mask_history_;
  data::EvalBatches batches_;
  Catalogue catalogue_;
};

}  // namespace seqrec::train
