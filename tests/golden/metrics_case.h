#pragma once

#include <filesystem>
#include <string>

namespace seqrec::golden {

/// Absolute; the expected numbers are rounded to nine places, and RecBole averages some in f32.
inline constexpr double kMetricsTolerance = 1e-7;

/// How far our metrics are from those of a folder of the kind `metrics` (scores.safetensors, expected.json): the
/// largest error relative to max(1, |expected|), and where. Every number of expected.json is compared.
struct MetricsCase {
  double largest_error = 0;
  std::string key;
  bool passed() const { return largest_error <= kMetricsTolerance; }
};
MetricsCase compare_metrics_case(const std::filesystem::path& folder);

}  // namespace seqrec::golden
