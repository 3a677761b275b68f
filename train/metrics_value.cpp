#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "train/metric_families.h"

namespace seqrec::train::detail {
namespace {

/// The mean over rows of f(score, label).
template <class F>
double mean(const Predictions& predictions, F&& f) {
  double sum = 0;
  for (std::size_t i = 0; i < predictions.scores.size(); ++i) sum += f(predictions.scores[i], predictions.labels[i]);
  return sum / static_cast<double>(predictions.scores.size());
}

/// The share of (positive, negative) pairs in the right order; a pair of equal scores counts half.
double auc(const Predictions& predictions) {
  const std::vector<double>& scores = predictions.scores;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double positives = 0, negatives = 0, pairs = 0;
  for (std::size_t i = 0; i < order.size();) {
    double equal_positives = 0, equal_negatives = 0;
    const double score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i)
      (predictions.labels[order[i]] == 1 ? equal_positives : equal_negatives) += 1;
    pairs += equal_positives * (negatives + equal_negatives / 2);
    positives += equal_positives;
    negatives += equal_negatives;
  }
  require<DataError>(positives > 0, "[AUC] has no value: no row has the label 1");
  require<DataError>(negatives > 0, "[AUC] has no value: every row has the label 1");
  return pairs / (positives * negatives);
}

double log_loss(const Predictions& predictions) {
  static constexpr double kEps = 1e-15;
  return mean(predictions, [](double score, double label) {
    const double p = std::clamp(score, kEps, 1 - kEps);
    return -label * std::log(p) - (1 - label) * std::log(1 - p);
  });
}

double mae(const Predictions& predictions) {
  return mean(predictions, [](double score, double label) { return std::abs(score - label); });
}

double rmse(const Predictions& predictions) {
  return std::sqrt(mean(predictions, [](double score, double label) { return (score - label) * (score - label); }));
}

}  // namespace

ValueMetric value_metric(std::string_view key) {
  if (key == "auc") return auc;
  if (key == "logloss") return log_loss;
  if (key == "mae") return mae;
  if (key == "rmse") return rmse;
  return nullptr;
}

/// Each user's AUC, weighted by the number of positives. Users without a negative don't count.
double gauc(const Rankings& rankings) {
  double sum = 0, weight = 0;
  for (std::size_t u = 0; u < rankings.positives.size(); ++u) {
    const double positives = rankings.positives[u];
    const auto candidates = static_cast<double>(rankings.candidates[u]);
    const double negatives = candidates - positives;
    if (positives == 0 || negatives == 0) continue;
    const double pairs = (candidates + 1) * positives - positives * (positives + 1) / 2 - rankings.rank_sums[u];
    sum += pairs / negatives;  // = AUC * positives
    weight += positives;
  }
  require<DataError>(weight > 0, "[GAUC] has no value: no user has both positives and negatives");
  return sum / weight;
}

}  // namespace seqrec::train::detail
