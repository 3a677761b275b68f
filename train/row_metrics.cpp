// Metrics made of results by row.
#include <algorithm>
#include <optional>

#include "core/error.h"
#include "train/metric_families.h"
#include "train/row_results.h"

namespace seqrec::train {
namespace {

using Kind = MetricInfo::Kind;

/// The rows as rankings, group by group, of lists of length k; with their items if that is the length of the lists.
Rankings rankings_of(const RowResults& rows, std::int64_t k) {
  const std::int64_t groups = rows.groups();
  Rankings out;
  out.k = k;
  out.hits.resize(static_cast<std::size_t>(groups * k));
  out.positives.resize(static_cast<std::size_t>(groups));
  out.rank_sums.resize(out.positives.size());
  out.candidates.resize(out.positives.size());
  std::vector<std::int32_t> seen;  // ranks of the group: a target that repeats counts once
  for (std::size_t row = 0; row < rows.rank.size(); ++row) {
    const auto group = static_cast<std::size_t>(rows.group[row]);
    if (row == 0 || rows.group[row] != rows.group[row - 1]) seen.clear();
    if (std::find(seen.begin(), seen.end(), rows.rank[row]) != seen.end()) continue;
    seen.push_back(rows.rank[row]);
    if (rows.rank[row] <= k) out.hits[group * static_cast<std::size_t>(k) + rows.rank[row] - 1] = 1;
    ++out.positives[group];
    out.rank_sums[group] += (static_cast<double>(rows.optimistic[row]) + rows.pessimistic[row]) / 2;
    out.candidates[group] = rows.candidates[row];
  }
  if (k == rows.k) out.items = rows.lists;
  return out;
}

/// The most items that a row ranked.
std::int64_t most_ranked(const RowResults& rows) {
  return *std::max_element(rows.candidates.begin(), rows.candidates.end());
}

Predictions predictions_of(const RowResults& rows) {
  Predictions out;
  if (rows.mode == data::EvalMode::Kind::Labeled) {
    out.scores.assign(rows.score.begin(), rows.score.end());
    out.labels.assign(rows.label.begin(), rows.label.end());
    return out;
  }
  const std::size_t drawn = rows.negative_scores.size() / rows.score.size();
  for (std::size_t row = 0; row < rows.score.size(); ++row) {
    const auto negatives = rows.negative_scores.begin() + static_cast<std::ptrdiff_t>(row * drawn);
    out.scores.push_back(rows.score[row]);
    out.scores.insert(out.scores.end(), negatives, negatives + static_cast<std::ptrdiff_t>(drawn));
    out.labels.push_back(1);
    out.labels.resize(out.scores.size(), 0);
  }
  return out;
}

}  // namespace

MetricValues row_metrics(const RowResults& rows, const MetricChoice& choice) {
  const bool ranked = !rows.rank.empty(), values = !rows.label.empty() || !rows.negative_scores.empty();
  std::optional<Rankings> rankings;
  MetricValues out;
  for (const MetricInfo& info : choice.metrics) {
    MetricChoice one = choice;
    one.metrics = {info};
    MetricValues found;
    if (info.kind == Kind::Value) {
      require<DataError>(values, info.name, " is not kept in these rows: it needs labels, or the scores of all items ",
                         "that were drawn, which an evaluation under uniN or popN keeps that asks for such a metric");
      found = compute_metrics(one, predictions_of(rows));
    } else {
      require<DataError>(ranked, info.name, " is not kept in these rows: with labels nothing was ranked");
      const std::int64_t longest = choice.longest(most_ranked(rows));
      require<DataError>(info.kind != Kind::Lists || longest <= rows.k, info.name, "@", longest,
                         " is not kept in these rows: their lists have ", rows.k, " items, the largest of topk");
      if (!rankings) rankings = rankings_of(rows, std::max(longest, choice.needs(Kind::Lists) ? rows.k : 0));
      found = compute_metrics(one, *rankings, rows.catalogue);
    }
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

std::vector<double> group_metric(const RowResults& rows, const MetricInfo& info, std::int64_t k) {
  const detail::TopkMetric metric = detail::topk_metric(info.key());
  require<UsageError>(metric != nullptr, info.name, " is no metric of single targets");
  const std::int64_t ranked = std::min(k, most_ranked(rows));
  const Rankings rankings = rankings_of(rows, ranked);
  std::vector<double> out, values(static_cast<std::size_t>(ranked));
  for (std::int64_t group = 0; group < rankings.users(); ++group) {
    metric(rankings.hits.data() + group * ranked, ranked, rankings.positives[group], values.data());
    out.push_back(detail::value_at(info.key(), k, values));
  }
  return out;
}

}  // namespace seqrec::train
