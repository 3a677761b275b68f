#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/file.h"
#include "core/safetensors.h"
#include "tests/golden/golden.h"
#include "train/rankings.h"

namespace seqrec::golden {

using namespace train;

/// As a share of max(1, |expected|): the expected numbers are rounded to nine places, and RecBole averages some in f32.
static constexpr double kTolerance = 1e-7;

Finding check_metrics_case(const std::filesystem::path& folder) {
  const Json expected = Json::parse(read_text(folder / "expected.json"));
  const SafetensorsReader reader(folder / "scores.safetensors");
  const Tensor scores = reader.get("scores"), positive = reader.get("positive");
  const std::int64_t users = scores.size(0), n_items = scores.size(1);

  MetricChoice ranking, value;
  std::set<std::int64_t> topk;
  for (const auto& [key, number] : expected.as_object()) {
    const auto at = key.find('@');
    const MetricInfo& info = metric_info(key.substr(0, at));
    if (at != std::string::npos) topk.insert(std::stoll(key.substr(at + 1)));
    std::vector<MetricInfo>& metrics = (info.kind == MetricInfo::Kind::Value ? value : ranking).metrics;
    const bool there =
        std::any_of(metrics.begin(), metrics.end(), [&](const MetricInfo& other) { return other.name == info.name; });
    if (!there) metrics.push_back(info);
  }
  ranking.topk.assign(topk.begin(), topk.end());

  Rankings rankings;
  rankings.k = ranking.longest(1 << 30);
  for (std::int64_t u = 0; u < users; ++u) {
    std::vector<Candidate> candidates;
    for (std::int64_t item = 1; item < n_items; ++item)
      candidates.push_back(
          {static_cast<std::int32_t>(item), scores.at<float>({u, item}), positive.at<std::uint8_t>({u, item}) != 0});
    add_user(rankings, candidates);
  }
  Predictions predictions;
  for (const float score : reader.get("probability").to_vector<float>()) predictions.scores.push_back(score);
  for (const float label : reader.get("label").to_vector<float>()) predictions.labels.push_back(label);
  const Catalogue catalogue{n_items, reader.get("popularity").to_vector<std::int64_t>()};

  MetricValues values = compute_metrics(ranking, rankings, catalogue);
  const MetricValues more = compute_metrics(value, predictions);
  values.insert(values.end(), more.begin(), more.end());

  const auto largest_error = [&values](const Json& numbers) {
    Finding finding;
    for (const auto& [key, number] : numbers.as_object()) {
      const double* got = find(values, key);
      const double error = got ? std::abs(*got - number.as_double()) / std::max(1.0, std::abs(number.as_double()))
                               : std::numeric_limits<double>::infinity();
      finding.note(error / kTolerance, key);
    }
    return finding;
  };
  Finding result = largest_error(expected);
  for (const auto& [key, number] : expected.as_object()) {
    Json changed = expected;
    changed[key] = number.as_double() * 1.001;
    result.note_changed(largest_error(changed).error);
  }
  return result;
}

}  // namespace seqrec::golden
