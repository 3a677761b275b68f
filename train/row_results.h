#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "data/config.h"
#include "train/metrics.h"

namespace seqrec::train {

/// What an evaluation found, row by row: every metric at every k can be made of it again, without the model. On disk
/// `RUN/rows.safetensors`; docs/formats.md describes each tensor. Ids are those of the model's vocabularies.
struct RowResults {
  // What was asked for, and how its figures were made of the rows.
  std::string model, dataset;
  std::string eval_mode;                                   ///< as eval_args.mode has it: full, uni100, pop100, labeled
  Json protocol;                                           ///< under which the evaluation stands (train/protocol.h)
  data::EvalMode::Kind mode = data::EvalMode::Kind::Full;  ///< what eval_mode is
  MetricChoice choice;
  std::int64_t decimal_places = 4;
  std::string user_fingerprint, item_fingerprint;  ///< of the vocabularies: equal ids mean the same in two files

  // Per row, in the order of the split.
  std::vector<std::int64_t> place;           ///< of the target among the prepared interactions, history by history
  std::vector<std::int32_t> user, target;    ///< ids; the user 0 is one that the model doesn't know
  std::vector<std::int32_t> history_length;  ///< items before the target, not cut to MAX_ITEM_LIST_LENGTH
  std::vector<std::int32_t> popularity;      ///< interactions with the target that training read; 0: a cold item
  std::vector<float> score;                  ///< the target's, as the model gave it
  // Where items were ranked (not `labeled`).
  std::vector<std::int32_t> rank;         ///< the target's, from 1; of equal scores the lower id comes first
  std::vector<std::int32_t> optimistic;   ///< the rank if the target came before all of its score
  std::vector<std::int32_t> pessimistic;  ///< the rank if it came after them
  std::vector<std::int32_t> candidates;   ///< how many items were ranked, the target among them
  std::vector<std::int32_t> group;        ///< rows of a group rank together; ascending, in `full` a row each
  // Where the metrics are of values.
  std::vector<float> label;            ///< 0 or 1, of the data (`labeled`)
  std::vector<float> negative_scores;  ///< [rows, drawn items], in uniN and popN if a metric of values was asked for

  // Not per row.
  std::int64_t k = 0;               ///< length of the lists
  std::vector<std::int32_t> lists;  ///< [groups, k] recommended items, best first; -1 where there were fewer
  Catalogue catalogue;

  std::int64_t rows() const { return static_cast<std::int64_t>(place.size()); }
  std::int64_t groups() const { return group.empty() ? 0 : group.back() + std::int64_t{1}; }

  /// Writes them; the bytes depend on the members alone.
  void save(const std::filesystem::path& path) const;
  /// FormatError naming the file and what is wrong with it.
  static RowResults load(const std::filesystem::path& path);
  static RowResults load(const SafetensorsReader& reader);
};

/// Calls f(name, values) for each column that a row has one number of; Rows: RowResults, or const.
template <class Rows, class F>
void each_column(Rows& rows, F&& f) {
  f("place", rows.place);
  f("user", rows.user);
  f("target", rows.target);
  f("history_length", rows.history_length);
  f("popularity", rows.popularity);
  f("score", rows.score);
  f("rank", rows.rank);
  f("rank.optimistic", rows.optimistic);
  f("rank.pessimistic", rows.pessimistic);
  f("candidates", rows.candidates);
  f("group", rows.group);
  f("label", rows.label);
}

/// The metrics of `choice`, not rounded: to the last bit those of the evaluation that made the rows. DataError where
/// they aren't kept in the rows: metrics of lists beyond the lists' length, of values without the values.
MetricValues row_metrics(const RowResults& rows, const MetricChoice& choice);

/// A metric of single targets (MetricInfo::Kind::TopK) at k, in each group: [groups]; its mean is row_metrics()'s.
std::vector<double> group_metric(const RowResults& rows, const MetricInfo& info, std::int64_t k);

/// Where a run's results by row are: its `rows.safetensors`, or the file itself. UsageError if there are none.
std::filesystem::path rows_path(const std::filesystem::path& run);

}  // namespace seqrec::train
