#include "core/error.h"
#include "core/file.h"
#include "kernels/cuda.h"
#include "models/list.h"
#include "train/build.h"
#include "train/corrected.h"
#include "train/device.h"
#include "train/evaluator.h"
#include "train/run.h"
#include "train/run_binding.h"
#include "train/same_start.h"
#include "train/team.h"
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

/// What decides which interactions a split leaves to training, as the model was trained and as it is tested.
std::string other_split(const data::Config& trained, const data::Config& tested) {
  const Json &before = trained.at("eval_args"), &now = tested.at("eval_args");
  for (const char* key : {"split", "group_by"})
    if (before.at(key) != now.at(key)) return concat("the ", key, " ", before.at(key).dump());
  for (const char* key :
       {"benchmark_filename", "benchmark_valid_ratio", "val_interval", "rm_dup_inter", "filter_inter_by_user_or_item",
        "user_inter_num_interval", "item_inter_num_interval", "time_precision"})
    if (trained.at(key) != tested.at(key)) return concat(key, " ", trained.at(key).dump());
  const std::string split = before.at("split").dump();
  const bool drawn = split.find("\"random\"") != split.npos || split.find("\"by_user\"") != split.npos;
  return drawn && trained.at("seed") != tested.at("seed") ? concat("the seed ", trained.at("seed").dump()) : "";
}

/// Says where the model may have been trained on other rows than those that the split leaves to training.
void warn_of_other_split(const data::Config& trained, const data::Config& tested, Json& protocol) {
  const std::string other = other_split(trained, tested);
  if (other.empty()) return;
  protocol["warnings"].push_back(concat("the model was trained under ", other,
                                        " and may have been trained on rows that are tested here; leak and cold are "
                                        "those of the test's split"));
}

}  // namespace

Json to_json(const EvaluateResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  const std::string split = name_of(result.split);
  out[split] = to_json(result.test);
  if (!result.corrected.empty()) out[split + "_corrected"] = to_json(result.corrected);
  out["protocol"] = result.protocol;
  if (!result.baselines.empty()) out["baselines"] = to_json(result.baselines);
  return out;
}

EvaluateResult evaluate(const EvaluateRequest& request, Observer& observer) {
  Team team(request.processes, 1);
  if (request.processes) check_same_program(*request.processes);
  if (team.leads() && !request.out.empty()) make_out(request.out);
  if (request.device != kCpu) kernels::cuda::open(request.device);
  observer.on_work({"reading the model"});
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
  observer.on_work({"reading the data"});
  const data::Dataset dataset = data::prepare(config, loaded.file.users, loaded.file.items, needs);
  for (const std::string& notice : dataset.report.lines()) observer.on_notice(notice);
  if (request.change) request.change(loaded);
  if (request.processes) {
    check_same_config(*request.processes, config);
    check_same_data(*request.processes, RunBinding(dataset, config));
    check_same_model(*request.processes, *loaded.model);
  }
  const Evaluator evaluator(dataset, request.split, config);
  const std::string work = request.split == data::Split::Test ? "test" : "validation";
  require<DataError>(evaluator.rows() > 0, dataset.name, ": there are no rows for a ", work);
  EvaluateResult result;
  result.split = request.split;
  RowResults& rows = result.by_row;
  rows = evaluator.evaluate_rows(*loaded.model, stored.model, 0, telling(observer, work, evaluator.rows()), &team);
  if (!team.leads()) return {};
  warn_of_other_split(trained, config, rows.protocol);
  result.test = row_metrics(rows, rows.choice);
  result.corrected = corrected_metrics(rows, rows.choice);
  result.protocol = rows.protocol;
  result.baselines =
      test_baselines(dataset, config, *loaded.model, result.test, {.split = request.split, .observer = &observer});
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
