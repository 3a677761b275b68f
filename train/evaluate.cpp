#include "core/error.h"
#include "core/file.h"
#include "kernels/cuda.h"
#include "models/list.h"
#include "train/build.h"
#include "train/corrected.h"
#include "train/device.h"
#include "train/evaluator.h"
#include "train/run.h"
#include "train/warm_start.h"

namespace seqrec::train {
namespace {

/// Before anything long begins. What a training run wrote isn't replaced.
void make_out(const std::filesystem::path& out) {
  make_folder(out);
  require<UsageError>(!file_exists(out / "config.json"), out.string(),
                      " holds a training run, whose result stays: give --out another folder");
}

/// The configuration that the model was trained with. What is wrong with it is the file's fault.
data::Config stored_config(const data::ConfigInput& input, const std::string& file) {
  data::ConfigInput own;
  own.model_keys = input.model_keys;
  own.stored = input.stored;
  try {
    return data::Config(own);
  } catch (const ConfigError& error) {
    throw FormatError(concat(file, ": ", error.what()));
  }
}

/// Says where the model was trained on other rows than the split of the test leaves to training.
void warn_of_other_split(const data::Config& trained, const data::Config& tested, Json& protocol) {
  const Json &before = trained.at("eval_args"), &now = tested.at("eval_args");
  bool same = trained.at("benchmark_filename") == tested.at("benchmark_filename");
  for (const char* key : {"split", "group_by"}) same = same && before.at(key) == now.at(key);
  if (same) return;
  protocol["warnings"].push_back(concat("the model was trained under the split ", before.at("split").dump(),
                                        " and may have been trained on rows that are tested here; leak and cold are "
                                        "those of the test's split"));
}

}  // namespace

Json to_json(const EvaluateResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  out["test"] = to_json(result.test);
  if (!result.corrected.empty()) out["test_corrected"] = to_json(result.corrected);
  out["protocol"] = result.protocol;
  if (!result.baselines.empty()) out["baselines"] = to_json(result.baselines);
  return out;
}

EvaluateResult evaluate(const EvaluateRequest& request, Observer& observer) {
  if (!request.out.empty()) make_out(request.out);
  if (request.device != kCpu) kernels::cuda::open(request.device);
  models::LoadedModel loaded = models::load_model(request.model_file, DType::F32, request.device);
  const models::ModelSpec& stored = loaded.file.spec;
  data::ConfigInput input = request.config;
  take_keys(input, stored.model);
  input.stored = loaded.file.config;
  input.stored_in = request.model_file.string();
  const data::Config trained = stored_config(input, input.stored_in);
  const data::Config config(input);
  if (config.get_string("model") != stored.model) config.fail("model", "the model file's, " + stored.model);
  open_device(request.device, observer);
  const kernels::ProductPrecisionScope precision(product_precision(config));
  if (!loaded.file.has_checksums) observer.on_notice(no_checksums_notice(request.model_file.string()));
  for (const std::string& notice : config.notices()) observer.on_notice(notice);

  models::ModelSpec spec = stored;
  spec.hyper_parameters = hyper_parameters(stored.model, config);
  if (spec.hyper_parameters != stored.hyper_parameters) {
    auto model = models::make_model(spec, DType::F32, 0, request.device);
    models::ModelFile changed = loaded.file;
    changed.spec = spec;
    if (!model->is_fitted()) warm_start(loaded, changed, *model, request.model_file.string());
    loaded.model = std::move(model);
  }

  BatchNeeds needs = batch_needs(stored.model, config);
  needs.item_columns_optional = true;  // nothing is learned
  const data::Dataset dataset = data::prepare(config, loaded.file.users, loaded.file.items, needs);
  for (const std::string& notice : dataset.report.lines()) observer.on_notice(notice);
  if (request.change) request.change(loaded);
  const Evaluator evaluator(dataset, data::Split::Test, config);
  require<DataError>(evaluator.rows() > 0, dataset.name, ": there are no rows to test");
  EvaluateResult result;
  RowResults& rows = result.by_row;
  rows = evaluator.evaluate_rows(*loaded.model, stored.model);
  warn_of_other_split(trained, config, rows.protocol);
  result.test = rounded(row_metrics(rows, rows.choice), rows.decimal_places);
  result.corrected = rounded(corrected_metrics(rows, rows.choice), rows.decimal_places);
  result.protocol = rows.protocol;
  result.baselines = test_baselines(dataset, config, *loaded.model, result.test);
  result.rows = evaluator.rows();
  result.unknown_users = dataset.unknown_users;
  result.unknown_items = dataset.unknown_items;
  if (!request.out.empty()) {
    rows.save(request.out / "rows.safetensors");
    write_text(request.out / "result.json", to_json(result).dump(2) + "\n");
  }
  return result;
}

}  // namespace seqrec::train
