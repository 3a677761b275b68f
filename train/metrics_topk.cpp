#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "train/metric_families.h"

namespace seqrec::train::detail {
namespace {

void hit(const std::uint8_t* hits, std::int64_t k, std::int64_t, double* out) {
  bool found = false;
  for (std::int64_t j = 0; j < k; ++j) out[j] = found |= hits[j] != 0;
}

void mrr(const std::uint8_t* hits, std::int64_t k, std::int64_t, double* out) {
  double reciprocal = 0;
  for (std::int64_t j = 0; j < k; ++j) {
    if (hits[j] && reciprocal == 0) reciprocal = 1.0 / static_cast<double>(j + 1);
    out[j] = reciprocal;
  }
}

void map(const std::uint8_t* hits, std::int64_t k, std::int64_t positives, double* out) {
  double found = 0, sum = 0;
  for (std::int64_t j = 0; j < k; ++j) {
    if (hits[j]) sum += ++found / static_cast<double>(j + 1);
    out[j] = sum / static_cast<double>(std::min(j + 1, positives));
  }
}

void recall(const std::uint8_t* hits, std::int64_t k, std::int64_t positives, double* out) {
  double found = 0;
  for (std::int64_t j = 0; j < k; ++j) out[j] = (found += hits[j]) / static_cast<double>(positives);
}

void ndcg(const std::uint8_t* hits, std::int64_t k, std::int64_t positives, double* out) {
  double gain = 0, ideal = 0;
  for (std::int64_t j = 0; j < k; ++j) {
    const double discount = 1.0 / std::log2(static_cast<double>(j + 2));
    if (hits[j]) gain += discount;
    if (j < positives) ideal += discount;
    out[j] = gain / ideal;
  }
}

void precision(const std::uint8_t* hits, std::int64_t k, std::int64_t, double* out) {
  double found = 0;
  for (std::int64_t j = 0; j < k; ++j) out[j] = (found += hits[j]) / static_cast<double>(j + 1);
}

}  // namespace

TopkMetric topk_metric(std::string_view key) {
  if (key == "hit") return hit;
  if (key == "mrr") return mrr;
  if (key == "map") return map;
  if (key == "recall") return recall;
  if (key == "ndcg") return ndcg;
  if (key == "precision") return precision;
  return nullptr;
}

double value_at(std::string_view key, std::int64_t k, std::span<const double> values) {
  const std::int64_t n = std::min(k, std::ssize(values));
  const double value = values[static_cast<std::size_t>(n - 1)];
  return n < k && key == "precision" ? value * static_cast<double>(n) / static_cast<double>(k) : value;
}

std::vector<double> mean_at_each_k(TopkMetric metric, const Rankings& rankings) {
  const auto k = static_cast<std::size_t>(rankings.k);
  std::vector<double> mean(k), user(k);
  for (std::int64_t u = 0; u < rankings.users(); ++u) {
    const std::int32_t positives = rankings.positives[u];
    require<DataError>(positives > 0, "a user without a positive item can't be evaluated");
    metric(rankings.hits.data() + u * rankings.k, rankings.k, positives, user.data());
    for (std::size_t j = 0; j < k; ++j) mean[j] += user[j];
  }
  for (double& value : mean) value /= static_cast<double>(rankings.users());
  return mean;
}

}  // namespace seqrec::train::detail
