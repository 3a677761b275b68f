#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/row_results.h"

namespace seqrec::train {

/// What a target's rank among drawn items says about its metric among all items: the estimator of Krichene and Rendle
/// (On Sampled Metrics for Item Recommendation, KDD 2020, section 5) that balances squared bias with `gamma` times the
/// variance, every rank being equally likely beforehand. Of models that are far better than chance it falls somewhat
/// short: a smaller gamma falls less short and varies more.
class CorrectedRanks {
 public:
  /// `drawn` items, each at most once, of the `items` - 1 beside the target. ShapeError unless there are so many.
  CorrectedRanks(std::int64_t items, std::int64_t drawn, double gamma = 0.01);

  /// The estimates for ranks 1 .. drawn + 1 among the drawn; `metric` holds the values of ranks 1, 2, .. among all, 0
  /// beyond its end.
  std::vector<double> estimates(std::span<const double> metric) const;

 private:
  /// Probabilities of the ranks 1 .. drawn + 1 among the drawn, for a rank among all: of the rank - 1 better and items
  /// - rank worse items so many are drawn (hypergeometric).
  void sampled(std::int64_t rank, std::vector<double>& out) const;

  std::int64_t items_, drawn_;
  std::vector<double> log_factorials_;
  std::vector<double> factor_;  // Cholesky's, [drawn + 1, drawn + 1], of the normal equations
};

/// The most drawn items for which estimates are made (their cost grows with the square).
inline constexpr std::int64_t kMostCorrected = 500;

/// Estimates of what the metrics of lists and targets would be among all items. Empty where there is none: of
/// evaluations that didn't draw uniformly, of several targets that rank together, of more than kMostCorrected drawn.
MetricValues corrected_metrics(const RowResults& rows, const MetricChoice& choice);

}  // namespace seqrec::train
