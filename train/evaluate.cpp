#include "core/error.h"
#include "kernels/cuda.h"
#include "models/list.h"
#include "train/build.h"
#include "train/device.h"
#include "train/evaluator.h"
#include "train/run.h"
#include "train/warm_start.h"

namespace seqrec::train {
Json to_json(const EvaluateResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  out["test"] = to_json(result.test);
  return out;
}

EvaluateResult evaluate(const EvaluateRequest& request, Observer& observer) {
  if (request.device != kCpu) kernels::cuda::open(request.device);
  models::LoadedModel loaded = models::load_model(request.model_file, DType::F32, request.device);
  const models::ModelSpec& stored = loaded.file.spec;
  data::ConfigInput input = request.config;
  input.model_keys = models::model_info(stored.model).config_keys();
  input.stored = loaded.file.config;
  const data::Config config(input);
  if (config.get_string("model") != stored.model) config.fail("model", "the model file's, " + stored.model);
  open_device(request.device, observer);
  const kernels::ProductPrecisionScope precision(product_precision(config));
  for (const std::string& notice : config.notices()) observer.on_notice(notice);

  models::ModelSpec spec = stored;
  spec.hyper_parameters = hyper_parameters(stored.model, config);
  if (spec.hyper_parameters != stored.hyper_parameters) {
    auto model = models::make_model(spec, DType::F32, 0, request.device);
    models::ModelFile changed = loaded.file;
    changed.spec = spec;
    warm_start(loaded, changed, *model, request.model_file.string());
    loaded.model = std::move(model);
  }

  const data::Dataset dataset =
      data::prepare(config, loaded.file.users, loaded.file.items, batch_needs(stored.model, config));
  for (const std::string& notice : dataset.notices) observer.on_notice(notice);
  const Evaluator evaluator(dataset, data::Split::Test, config);
  require<DataError>(evaluator.rows() > 0, dataset.name, ": there are no rows to test");
  EvaluateResult result;
  result.test = rounded(evaluator.evaluate(*loaded.model), config.get_int("metric_decimal_place"));
  result.rows = evaluator.rows();
  result.unknown_users = dataset.unknown_users;
  result.unknown_items = dataset.unknown_items;
  return result;
}

}  // namespace seqrec::train
