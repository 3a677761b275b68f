#include "train/export.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/output_file.h"
#include "models/export.h"

namespace seqrec::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::int64_t bytes_of(std::string_view text) { return std::ssize(text); }

/// Bytes of a vocabulary's tokens and of their ends.
std::int64_t bytes_of(const Vocabulary& vocabulary) {
  std::int64_t bytes = 8 * (std::int64_t{vocabulary.size()} + 1);
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) bytes += bytes_of(vocabulary.token(id));
  return bytes;
}

/// What the parts of a model file weigh, the tables one by one.
std::vector<std::pair<std::string, std::int64_t>> weigh(const models::LoadedModel& loaded, StoredType type) {
  const models::ModelFile& file = loaded.file;
  const std::vector<std::string> tables = models::table_names(file.spec, *loaded.model);
  std::vector<std::pair<std::string, std::int64_t>> out;
  std::int64_t others = 0;
  for (const auto& [name, tensor] : loaded.model->state()) {
    const bool is_table = std::ranges::find(tables, name) != tables.end();
    const auto element = static_cast<std::int64_t>(is_table ? size_of(type) : seqrec::size_of(tensor.dtype()));
    const std::int64_t bytes = tensor.numel() * element + (is_table && type == StoredType::I8 ? 4 * tensor.size(0) : 0);
    if (is_table)
      out.emplace_back(name, bytes);
    else
      others += bytes;
  }
  out.emplace_back("other parameters", others);
  out.emplace_back("users' tokens", bytes_of(file.users));
  out.emplace_back("items' tokens", bytes_of(file.items));
  return out;
}

/// The test of the model as it was, and with what `change` makes of it.
void test_both(const ExportRequest& request, Observer& observer, ExportResult& result) {
  EvaluateRequest test{request.model_file, *request.data};
  test.config.settings.emplace_back("baselines=[]");
  const EvaluateResult before = evaluate(test, observer);
  test.change = [&](models::LoadedModel& loaded) {
    if (request.prune_users) models::forget_users(loaded);
    models::narrow_tables(loaded.file.spec, *loaded.model, request.tables);
  };
  Observer silent;  // what is to be said of the data has been said
  const EvaluateResult after = evaluate(test, silent);
  result.rows = before.rows;
  for (std::size_t m = 0; m < before.test.size(); ++m) {
    const auto& [name, value] = before.test[m];
    const double now = after.test[m].second;
    result.metrics.push_back(
        {name, {value, kNone, kNone, kNone}, {now, kNone, kNone, kNone}, {now - value, kNone, kNone, kNone}});
  }
  const MetricChoice& choice = before.by_row.choice;
  if (before.by_row.rank.empty() || !choice.needs(MetricInfo::Kind::TopK)) return;
  const Comparison comparison = compare({{"before", "before", before.by_row}, {"after", "after", after.by_row}}, {});
  const Stratum& all = comparison.strata[0];
  for (ExportResult::Metric& metric : result.metrics) {
    const auto found = std::ranges::find(all.metrics, metric.name);
    if (found == all.metrics.end()) continue;
    const auto at = static_cast<std::size_t>(found - all.metrics.begin());
    metric.before = all.estimates[0][at];
    metric.after = all.estimates[1][at];
    metric.difference = all.differences[at].estimate;
  }
}

Json to_json(const Estimate& estimate) {
  Json out = Json::Object{{"value", estimate.value}};
  out["standard_error"] = std::isnan(estimate.error) ? Json() : Json(estimate.error);
  return out;
}

}  // namespace

ExportResult export_model(const ExportRequest& request, Observer& observer) {
  models::LoadedModel loaded = models::load_model(request.model_file);
  require<UsageError>(!loaded.model->is_fitted(), loaded.file.spec.model,
                      " has no parameters: there is nothing to export otherwise than it is");
  ExportResult result;
  result.before = static_cast<std::int64_t>(std::filesystem::file_size(request.model_file));
  const auto before = weigh(loaded, StoredType::F32);
  if (request.prune_users) loaded = models::without_users(loaded);
  const auto after = weigh(loaded, request.tables);
  for (std::size_t i = 0; i < before.size(); ++i)
    result.parts.push_back({before[i].first, before[i].second, after[i].second});
  models::save_model_file(request.out, loaded.file, *loaded.model, request.tables);
  if (!OutputFile::is_stream(request.out))
    result.after = static_cast<std::int64_t>(std::filesystem::file_size(request.out));
  const bool has_checksums = loaded.file.has_checksums;
  loaded = {};  // the tests read the file themselves
  if (!request.data) {
    if (!has_checksums) observer.on_notice(no_checksums_notice(request.model_file.string()));
    return result;
  }
  try {
    test_both(request, observer, result);
  } catch (const Error& error) {
    if (request.must_test) throw;
    observer.on_notice(concat("what it costs in metrics is not known: ", error.what()));
  }
  return result;
}

Json to_json(const ExportResult& result) {
  Json::Array parts, metrics;
  for (const ExportResult::Part& part : result.parts)
    parts.push_back(Json::Object{{"name", part.name}, {"before", part.before}, {"after", part.after}});
  for (const ExportResult::Metric& metric : result.metrics)
    metrics.push_back(Json::Object{{"name", metric.name},
                                   {"before", to_json(metric.before)},
                                   {"after", to_json(metric.after)},
                                   {"difference", to_json(metric.difference)}});
  return Json::Object{{"event", "export"},         {"bytes_before", result.before}, {"bytes_after", result.after},
                      {"parts", std::move(parts)}, {"rows", result.rows},           {"metrics", std::move(metrics)}};
}

}  // namespace seqrec::train
