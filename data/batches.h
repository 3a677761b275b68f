#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "data/config.h"
#include "data/dataset.h"
#include "data/negative_sampler.h"
#include "data/shared_sampler.h"

namespace seqrec::data {

/// A batch of some rows of a dataset, in their order, without negatives. Its values are what some window covers after
/// the cut to max_length; overlapping and adjacent windows of one history share them. Thread-safe.
Batch make_batch(const Dataset& dataset, std::span<const Row> rows);

/// Training batches, each cut into `shards` parts: shard i of S has the rows from floor(i rows / S) on; with `batching:
/// histories` a cut goes to where a history begins or the batch ends, whichever is nearest, of two as near the earlier
/// one. So a shard may be empty. Negatives that rows share are a shard's own.
///
/// RecBole's sizes: train_batch_size rows without negatives; with n per row, max(train_batch_size /
/// n, 1) rows for a pairwise loss and max(train_batch_size / (1 + n), 1) for a pointwise one. Rows that share their
/// negatives are train_batch_size, too.
class TrainBatches {
 public:
  /// What the model needs (core/batch.h) is in the batches. The dataset must outlive it. ConfigError where there are
  /// neither the negatives nor the labels that it trains on, where batches would cut what they must hold whole, and
  /// for more shared negatives than there are items beside a target.
  TrainBatches(const Dataset& dataset, const Config& config, const BatchNeeds& needs = {});

  /// One epoch's batches. `batching: rows`: all rows shuffled (unless shuffle: False), cut into batches.
  /// `batching: histories`: histories shuffled, each with all its rows, as many as fit a batch; a longer one is split.
  /// What it holds depends on the seed and the epoch alone, never on what was asked before. Cheap to copy.
  class Epoch {
   public:
    std::int64_t size() const;
    /// Shard `shard` of batch `step` of [0, size()): with `shards: 1` the batch. Thread-safe.
    Batch batch(std::int64_t step, std::int64_t shard = 0) const;
    /// The batch's number of rows, of all shards together, and that of a shard, without making it.
    std::int64_t rows(std::int64_t step) const;
    std::int64_t rows(std::int64_t step, std::int64_t shard) const;

   private:
    friend class TrainBatches;
    struct Plan;
    std::shared_ptr<const Plan> plan_;
  };
  Epoch epoch(std::int64_t epoch) const;

  /// Of an epoch.
  std::int64_t rows() const { return numbers_.size(); }
  /// The least and the most batches that an epoch may have: the same number unless batches are of whole histories.
  std::pair<std::int64_t, std::int64_t> epoch_sizes() const;
  /// The largest number of rows of a batch.
  std::int64_t batch_rows() const { return batch_rows_; }
  /// Of each batch.
  std::int64_t shards() const { return shards_; }

 private:
  void keep_last_windows();

  const Dataset* dataset_;
  RowNumbers numbers_;                              // of the training rows that take part
  std::vector<std::int32_t> first_items_;           // where a history's windows may begin; empty: anywhere
  std::shared_ptr<const NegativeSampler> sampler_;  // none without negatives
  std::shared_ptr<const SharedSampler> shared_sampler_;
  std::shared_ptr<const HistoryNegatives> history_negatives_;
  std::int64_t batch_rows_, shards_;
  std::int64_t next_targets_ = 0;
  std::uint64_t seed_;
  bool shuffle_;
  bool by_history_;
};

/// The batches of an evaluation, in the order of the split, all rows of a history in one batch when negatives are
/// drawn. About eval_batch_size scores per batch: so many rows when a row needs one pass over all items (`full`),
/// eval_batch_size / (1 + N) rows for uniN and popN (at least one history).
class EvalBatches {
 public:
  /// The dataset must outlive it.
  EvalBatches(const Dataset& dataset, Split split, const Config& config);

  std::int64_t size() const { return static_cast<std::int64_t>(cuts_.size()) - 1; }
  /// Batch `step` of [0, size()). Negatives are the same every time; with `eval_negatives: redraw` they are drawn anew
  /// for each `round` (the number of the evaluation). Thread-safe.
  Batch batch(std::int64_t step, std::int64_t round = 0) const;
  /// The rows of a batch.
  std::vector<Row> rows(std::int64_t step) const;
  std::int64_t rows() const { return static_cast<std::int64_t>(dataset_->rows(split_).size()); }

 private:
  const Dataset* dataset_;
  Split split_;
  std::shared_ptr<const NegativeSampler> sampler_;  // of uniN and popN
  std::uint64_t seed_;
  bool redraw_;
  std::vector<std::int64_t> cuts_;
};

}  // namespace seqrec::data
