#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"

namespace seqrec::train {

/// Results under RecBole's keys, in the order of the configuration: "hit@10", "auc".
using MetricValues = std::vector<std::pair<std::string, double>>;

/// A metric of RecBole (recbole/evaluator/metrics.py).
struct MetricInfo {
  enum class Kind {
    TopK,      ///< of recommended lists and each user's positives: Hit, MRR, MAP, Recall, NDCG, Precision
    Lists,     ///< of the recommended lists alone: ItemCoverage, AveragePopularity, ...
    MeanRank,  ///< of the positives' ranks among all candidates: GAUC
    Value      ///< of scores and labels: AUC, LogLoss, MAE, RMSE
  };
  std::string name;  ///< as RecBole writes it: "NDCG"
  Kind kind;
  bool smaller = false;  ///< smaller is better

  /// The name in results: "ndcg".
  std::string key() const;
  bool has_topk() const { return kind == Kind::TopK || kind == Kind::Lists; }
};

/// A metric's name as results have it: "ndcg@10" of "NDCG@10".
std::string metric_key(std::string_view name);
/// All metrics.
const std::vector<MetricInfo>& metric_infos();
/// Any case. ConfigError "unknown metric 'NDGC' (did you mean 'NDCG'?); known are Hit, ...".
const MetricInfo& metric_info(std::string_view name);

/// What an evaluation asks for: metrics and lengths of lists.
struct MetricChoice {
  std::vector<MetricInfo> metrics;
  std::vector<std::int64_t> topk;  ///< each at least 1
  double tail_ratio = 0.1;         ///< of TailPercentage: a share of the items, or, above 1, a number of clicks

  bool needs(MetricInfo::Kind kind) const;
  /// The keys of its results, in their order.
  std::vector<std::string> keys() const;
  /// The longest list that tells something where so many items are ranked: the largest of topk, or if that is more all.
  std::int64_t longest(std::int64_t ranked) const;
};

/// What ranking metrics are computed from, one user (row of an evaluation) after the other.
struct Rankings {
  std::int64_t k = 0;                   ///< length of the lists; metrics beyond it take what follows for empty
  std::vector<std::int32_t> items;      ///< [users * k], best first; -1 where there were fewer candidates
  std::vector<std::uint8_t> hits;       ///< [users * k], 1 where the item is one of the user's positives
  std::vector<std::int32_t> positives;  ///< [users], how many positives there are
  // For GAUC alone:
  std::vector<double> rank_sums;         ///< [users], sum of the positives' ranks from 1; equal scores share the mean
  std::vector<std::int64_t> candidates;  ///< [users], how many items were ranked

  std::int64_t users() const { return static_cast<std::int64_t>(positives.size()); }
};

/// What value metrics are computed from.
struct Predictions {
  std::vector<double> scores;
  std::vector<double> labels;  ///< 1 is positive
};

/// What metrics of lists know of the items.
struct Catalogue {
  std::int64_t n_items = 0;                ///< padding included, as in RecBole
  std::vector<std::int64_t> train_counts;  ///< [n_items], how often an item is a target in training
};

/// The metrics of `choice`, all of ranking kinds. ConfigError for a value metric among them, DataError when there is no
/// user, or none with both positives and negatives (GAUC).
MetricValues compute_metrics(const MetricChoice& choice, const Rankings& rankings, const Catalogue& catalogue);
/// The metrics of `choice`, all of the kind Value. DataError when there is no row; for AUC, when all labels are equal.
MetricValues compute_metrics(const MetricChoice& choice, const Predictions& predictions);

/// The value of a key; null if it is not there.
const double* find(const MetricValues& values, std::string_view key);
/// Rounded to so many decimal places, half to even as numpy does.
MetricValues rounded(const MetricValues& values, std::int64_t places);
/// A map in the same order.
Json to_json(const MetricValues& values);
/// The inverse. FormatError unless it is a map of numbers.
MetricValues metric_values(const Json& json);
/// "hit@10 : 0.1018    mrr@10 : 0.0328".
std::string to_text(const MetricValues& values);

}  // namespace seqrec::train
