#include "train/metrics.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "core/shown.h"
#include "core/suggest.h"
#include "train/metric_families.h"

namespace seqrec::train {

std::string metric_key(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string MetricInfo::key() const { return metric_key(name); }

const std::vector<MetricInfo>& metric_infos() {
  using Kind = MetricInfo::Kind;
  static const std::vector<MetricInfo> kInfos = {
      {"Hit", Kind::TopK},
      {"MRR", Kind::TopK},
      {"MAP", Kind::TopK},
      {"Recall", Kind::TopK},
      {"NDCG", Kind::TopK},
      {"Precision", Kind::TopK},
      {"ItemCoverage", Kind::Lists},
      {"AveragePopularity", Kind::Lists, true},
      {"ShannonEntropy", Kind::Lists},
      {"GiniIndex", Kind::Lists, true},
      {"TailPercentage", Kind::Lists},
      {"GAUC", Kind::MeanRank},
      {"AUC", Kind::Value},
      {"LogLoss", Kind::Value, true},
      {"MAE", Kind::Value, true},
      {"RMSE", Kind::Value, true},
  };
  return kInfos;
}

const MetricInfo& metric_info(std::string_view name) {
  const std::string key = metric_key(name);
  std::vector<std::string> names;
  for (const MetricInfo& info : metric_infos()) {
    if (info.key() == key) return info;
    names.push_back(info.name);
  }
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  throw ConfigError(concat("unknown metric '", shown(name), "'", suggest(name, names), "; known are ", known));
}

bool MetricChoice::needs(MetricInfo::Kind kind) const {
  return std::any_of(metrics.begin(), metrics.end(), [&](const MetricInfo& info) { return info.kind == kind; });
}

std::vector<std::string> MetricChoice::keys() const {
  std::vector<std::string> out;
  for (const MetricInfo& info : metrics) {
    if (!info.has_topk()) out.push_back(info.key());
    for (const std::int64_t k : info.has_topk() ? topk : std::vector<std::int64_t>())
      out.push_back(concat(info.key(), "@", k));
  }
  return out;
}

std::int64_t MetricChoice::longest(std::int64_t ranked) const {
  return topk.empty() ? 0 : std::min(ranked, *std::max_element(topk.begin(), topk.end()));
}

MetricValues compute_metrics(const MetricChoice& choice, const Rankings& rankings, const Catalogue& catalogue) {
  require<DataError>(rankings.users() > 0, "there are no rows to evaluate");
  MetricValues out;
  for (const MetricInfo& info : choice.metrics) {
    const std::string key = info.key();
    const auto at = [&](std::int64_t k) { return concat(key, "@", k); };
    switch (info.kind) {
      case MetricInfo::Kind::TopK: {
        const std::vector<double> values = detail::mean_at_each_k(detail::topk_metric(key), rankings);
        for (const std::int64_t k : choice.topk) out.emplace_back(at(k), detail::value_at(key, k, values));
        break;
      }
      case MetricInfo::Kind::Lists:
        for (const std::int64_t k : choice.topk)
          out.emplace_back(at(k),
                           detail::list_metric(key)(rankings, std::min(k, rankings.k), catalogue, choice.tail_ratio));
        break;
      case MetricInfo::Kind::MeanRank: out.emplace_back(key, detail::gauc(rankings)); break;
      case MetricInfo::Kind::Value: throw ConfigError(concat("metric ", info.name, " is not computed from a ranking"));
    }
  }
  return out;
}

MetricValues compute_metrics(const MetricChoice& choice, const Predictions& predictions) {
  require<DataError>(!predictions.scores.empty(), "there are no rows to evaluate");
  MetricValues out;
  for (const MetricInfo& info : choice.metrics) {
    require<ConfigError>(info.kind == MetricInfo::Kind::Value, "metric ", info.name, " is computed from a ranking");
    const std::string key = info.key();
    out.emplace_back(key, detail::value_metric(key)(predictions));
  }
  return out;
}

const double* find(const MetricValues& values, std::string_view key) {
  for (const auto& [name, value] : values)
    if (name == key) return &value;
  return nullptr;
}

MetricValues rounded(const MetricValues& values, std::int64_t places) {
  const double scale = std::pow(10.0, static_cast<double>(places));
  MetricValues out = values;
  for (auto& [name, value] : out)
    if (std::isfinite(value * scale)) value = std::nearbyint(value * scale) / scale;  // or there is nothing to round
  return out;
}

Json to_json(const MetricValues& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) out[name] = value;
  return out;
}

MetricValues metric_values(const Json& json) {
  MetricValues out;
  for (const auto& [name, value] : json.as_object()) out.emplace_back(name, value.as_double());
  return out;
}

namespace {

/// Places after the point that a number needs to be told from others.
int places_of(double value) {
  char text[400];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  const char* const point = std::find(text, end, '.');
  return point == end ? 0 : static_cast<int>(end - point) - 1;
}

}  // namespace

std::string to_text(const MetricValues& values) {
  int places = 0;
  for (const auto& [name, value] : values) places = std::max(places, places_of(value));
  std::string out;
  for (const auto& [name, value] : values) {
    char text[400];
    std::snprintf(text, sizeof text, "%.*f", places, value);
    out += concat(out.empty() ? "" : "    ", name, " : ", text);
  }
  return out;
}

}  // namespace seqrec::train
