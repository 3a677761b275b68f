#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "train/metrics.h"

/// RecBole's definitions, one family per file.
namespace seqrec::train::detail {

/// Metrics of a user's list: out[j] = value at j + 1, for j < k, from the user's `hits` [k] and number of positives.
using TopkMetric = void (*)(const std::uint8_t* hits, std::int64_t k, std::int64_t positives, double* out);
/// Null if there is no such metric. Keys are lower case.
TopkMetric topk_metric(std::string_view key);
/// A metric's value at any k, of those at 1 .. n where nothing is ranked after n: only precision falls on.
double value_at(std::string_view key, std::int64_t k, std::span<const double> values);
/// The mean over users at 1 .. k.
std::vector<double> mean_at_each_k(TopkMetric metric, const Rankings& rankings);

/// Metrics of all users' lists cut to their first k.
using ListMetric = double (*)(const Rankings& rankings, std::int64_t k, const Catalogue& catalogue, double tail_ratio);
ListMetric list_metric(std::string_view key);

double gauc(const Rankings& rankings);

using ValueMetric = double (*)(const Predictions& predictions);
ValueMetric value_metric(std::string_view key);

}  // namespace seqrec::train::detail
