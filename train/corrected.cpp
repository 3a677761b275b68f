#include "train/corrected.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "train/metric_families.h"

namespace seqrec::train {
namespace {

/// Ranks of a large catalogue that stand for all: what is summed over them changes slowly with the rank.
constexpr std::int64_t kMostRanks = 1024;

/// Cholesky's factor of a symmetric positive definite matrix [n, n], in its place (the lower triangle).
void factorise(std::vector<double>& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
}

/// Solves factor factor^T x = b; x takes b's place.
void solve(const std::vector<double>& factor, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= factor[i * n + k] * b[k];
    b[i] /= factor[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= factor[k * n + i] * b[k];
    b[i] /= factor[i * n + i];
  }
}

/// The metric's values at k for one target at ranks 1 .. k, or 1 .. items.
std::vector<double> by_true_rank(const std::string& key, std::int64_t k, std::int64_t items) {
  const detail::TopkMetric metric = detail::topk_metric(key);
  const auto n = static_cast<std::size_t>(std::min(k, items));
  std::vector<double> out(n), at(n);
  std::vector<std::uint8_t> hits(n);
  for (std::size_t rank = 0; rank < n; ++rank) {
    hits[rank] = 1;
    metric(hits.data(), std::ssize(hits), 1, at.data());
    out[rank] = detail::value_at(key, k, at);
    hits[rank] = 0;
  }
  return out;
}

}  // namespace

CorrectedRanks::CorrectedRanks(std::int64_t items, std::int64_t drawn, double gamma)
    : items_(items), drawn_(drawn), log_factorials_(static_cast<std::size_t>(std::max<std::int64_t>(items, 0)) + 1) {
  require<ShapeError>(0 <= drawn && drawn < items, "[corrected] expected fewer drawn items than the ", items,
                      " there are, got ", drawn);
  for (std::size_t i = 1; i < log_factorials_.size(); ++i)
    log_factorials_[i] = log_factorials_[i - 1] + std::log(static_cast<double>(i));
  const auto n = static_cast<std::size_t>(drawn) + 1;
  factor_.resize(n * n);
  std::vector<double> p(n);
  const std::int64_t ranks = std::min(items, kMostRanks);
  for (std::int64_t i = 0; i < ranks; ++i) {
    sampled(ranks == 1 ? 1 : 1 + i * (items - 1) / (ranks - 1), p);
    for (double& each : p) each /= static_cast<double>(ranks);
    for (std::size_t r = 0; r < n; ++r) {
      if (p[r] == 0) continue;
      for (std::size_t s = 0; s <= r; ++s) factor_[r * n + s] += (1 - gamma) * p[r] * p[s] * static_cast<double>(ranks);
      factor_[r * n + r] += gamma * p[r];
    }
  }
  factorise(factor_, n);
}

void CorrectedRanks::sampled(std::int64_t rank, std::vector<double>& out) const {
  const auto log_choose = [this](std::int64_t n, std::int64_t k) {
    return log_factorials_[static_cast<std::size_t>(n)] - log_factorials_[static_cast<std::size_t>(k)] -
           log_factorials_[static_cast<std::size_t>(n - k)];
  };
  const std::int64_t better = rank - 1, worse = items_ - rank;
  const double all = log_choose(items_ - 1, drawn_);
  for (std::int64_t i = 0; i <= drawn_; ++i)
    out[static_cast<std::size_t>(i)] =
        i > better || drawn_ - i > worse ? 0 : std::exp(log_choose(better, i) + log_choose(worse, drawn_ - i) - all);
}

std::vector<double> CorrectedRanks::estimates(std::span<const double> metric) const {
  const auto n = static_cast<std::size_t>(drawn_) + 1;
  std::vector<double> out(n), p(n);
  for (std::int64_t rank = 1; rank <= std::min<std::int64_t>(items_, std::ssize(metric)); ++rank) {
    sampled(rank, p);
    for (std::size_t r = 0; r < n; ++r)
      out[r] += p[r] * metric[static_cast<std::size_t>(rank - 1)] / static_cast<double>(items_);
  }
  solve(factor_, out);
  return out;
}

MetricValues corrected_metrics(const RowResults& rows, const MetricChoice& choice) {
  if (!rows.eval_mode.starts_with("uni") || rows.rank.empty() || rows.groups() != rows.rows()) return {};
  if (*std::max_element(rows.candidates.begin(), rows.candidates.end()) - 1 > kMostCorrected) return {};
  const std::int64_t items = rows.catalogue.n_items - 1;
  MetricValues out;
  std::vector<std::vector<double>> metrics;
  for (const MetricInfo& info : choice.metrics)
    for (const std::int64_t k : info.kind == MetricInfo::Kind::TopK ? choice.topk : std::vector<std::int64_t>{}) {
      out.emplace_back(concat(info.key(), "@", k), 0.0);
      metrics.push_back(by_true_rank(info.key(), k, items));
    }
  if (out.empty()) return out;
  // How often each rank occurs, by the number of drawn items: one that is drawn twice counts once.
  std::map<std::int32_t, std::vector<std::int64_t>> ranks;
  for (std::size_t row = 0; row < rows.rank.size(); ++row) {
    std::vector<std::int64_t>& counts = ranks[rows.candidates[row]];
    counts.resize(static_cast<std::size_t>(rows.candidates[row]));
    ++counts[static_cast<std::size_t>(rows.rank[row] - 1)];
  }
  for (const auto& [candidates, counts] : ranks) {
    const CorrectedRanks corrected(items, candidates - 1);
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const std::vector<double> estimates = corrected.estimates(metrics[i]);
      for (std::size_t rank = 0; rank < counts.size(); ++rank)
        out[i].second += estimates[rank] * static_cast<double>(counts[rank]) / static_cast<double>(rows.rows());
    }
  }
  return out;
}

}  // namespace seqrec::train
