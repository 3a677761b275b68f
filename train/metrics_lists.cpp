#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/metric_families.h"

namespace seqrec::train::detail {
namespace {

/// Calls f(user, item) for every recommended item among the first k.
template <class F>
void each_item(const Rankings& rankings, std::int64_t k, F&& f) {
  for (std::int64_t u = 0; u < rankings.users(); ++u)
    for (std::int64_t j = 0; j < k; ++j)
      if (const std::int32_t item = rankings.items[u * rankings.k + j]; item >= 0) f(u, item);
}

/// How often each item that occurs is recommended, ascending.
std::vector<std::int64_t> recommended_counts(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue) {
  std::vector<std::int64_t> counts(catalogue.n_items);
  each_item(rankings, k, [&](std::int64_t, std::int32_t item) { ++counts[item]; });
  std::erase(counts, 0);
  std::sort(counts.begin(), counts.end());
  return counts;
}

double sum_of(const std::vector<std::int64_t>& counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
}

/// The mean over users of the mean of value(item) over the user's list.
template <class F>
double mean_over_lists(const Rankings& rankings, std::int64_t k, F&& value) {
  const auto users = static_cast<std::size_t>(rankings.users());
  std::vector<double> sums(users), lengths(users);
  each_item(rankings, k, [&](std::int64_t u, std::int32_t item) {
    sums[u] += value(static_cast<std::size_t>(item));
    lengths[u] += 1;
  });
  double total = 0;
  for (std::size_t u = 0; u < users; ++u) total += lengths[u] > 0 ? sums[u] / lengths[u] : 0;
  return total / static_cast<double>(users);
}

double item_coverage(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double) {
  return static_cast<double>(recommended_counts(rankings, k, catalogue).size()) /
         static_cast<double>(catalogue.n_items);
}

double average_popularity(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double) {
  return mean_over_lists(rankings, k,
                         [&](std::size_t item) { return static_cast<double>(catalogue.train_counts[item]); });
}

/// RecBole divides the entropy by the number of different items.
double shannon_entropy(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double) {
  const std::vector<std::int64_t> counts = recommended_counts(rankings, k, catalogue);
  const double total = sum_of(counts);
  double entropy = 0;
  for (const std::int64_t count : counts) {
    const double p = static_cast<double>(count) / total;
    entropy -= p * std::log(p);
  }
  return counts.empty() ? 0 : entropy / static_cast<double>(counts.size());
}

double gini_index(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double) {
  const std::vector<std::int64_t> counts = recommended_counts(rankings, k, catalogue);
  const auto n = static_cast<double>(catalogue.n_items);
  double place = n - static_cast<double>(counts.size());  // items that are never recommended come first
  double sum = 0;
  for (const std::int64_t count : counts) sum += (2 * ++place - n - 1) * static_cast<double>(count);
  return counts.empty() ? 0 : sum / sum_of(counts) / n;
}

/// 1 for each item of the long tail: of the items seen in training, those seen least (of equally many the lower id).
std::vector<char> tail_items(const std::vector<std::int64_t>& counts, double tail_ratio) {
  if (tail_ratio <= 0) tail_ratio = 0.1;  // as RecBole does
  std::vector<char> tail(counts.size());
  std::vector<std::size_t> seen;
  for (std::size_t item = 0; item < counts.size(); ++item)
    if (counts[item] > 0) seen.push_back(item);
  if (tail_ratio > 1) {
    for (const std::size_t item : seen) tail[item] = static_cast<double>(counts[item]) <= tail_ratio;
    return tail;
  }
  std::stable_sort(seen.begin(), seen.end(), [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  const auto cut = static_cast<std::size_t>(static_cast<double>(seen.size()) * tail_ratio);
  for (std::size_t i = 0; i < std::min(seen.size(), std::max<std::size_t>(cut, 1)); ++i) tail[seen[i]] = 1;
  return tail;
}

double tail_percentage(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double tail_ratio) {
  const std::vector<char> tail = tail_items(catalogue.train_counts, tail_ratio);
  return mean_over_lists(rankings, k, [&](std::size_t item) { return static_cast<double>(tail[item]); });
}

}  // namespace

ListMetric list_metric(std::string_view key) {
  if (key == "itemcoverage") return item_coverage;
  if (key == "averagepopularity") return average_popularity;
  if (key == "shannonentropy") return shannon_entropy;
  if (key == "giniindex") return gini_index;
  if (key == "tailpercentage") return tail_percentage;
  return nullptr;
}

}  // namespace seqrec::train::detail
