#include "core/error.h"
#include "kernels/copy.h"
#include "train/evaluator.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

/// The same parameters in a model of other hyper-parameters.
std::unique_ptr<models::SequentialRecommender> with_parameters(const models::ModelSpec& spec,
                                                               const models::SequentialRecommender& source,
                                                               const std::string& file) {
  auto model = models::make_model(spec, DType::F32, 0);
  const auto from = source.state();
  auto to = model->state();
  require<ConfigError>(from.size() == to.size(), file, " has ", from.size(), " parameters, but these settings need ",
                       to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    require<ConfigError>(from[i].first == to[i].first && from[i].second.shape() == to[i].second.shape(), file, " has ",
                         from[i].first, " of shape ", from[i].second.shape(), ", but these settings need ", to[i].first,
                         " of shape ", to[i].second.shape());
    kernels::copy(from[i].second, to[i].second);
  }
  return model;
}

}  // namespace

Json to_json(const EvaluateResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  out["test"] = to_json(result.test);
  return out;
}

EvaluateResult evaluate(const EvaluateRequest& request, Observer& observer) {
  models::LoadedModel loaded = models::load_model(request.model_file);
  const models::ModelSpec& stored = loaded.file.spec;
  data::ConfigInput input = request.config;
  input.model_keys = models::model_info(stored.model).keys;
  input.stored = loaded.file.config;
  const data::Config config(input);
  if (config.get_string("model") != stored.model) config.fail("model", "the model file's, " + stored.model);
  for (const std::string& notice : config.notices()) observer.on_notice(notice);

  models::ModelSpec spec = stored;
  spec.hyper_parameters = hyper_parameters(stored.model, config);
  if (spec.hyper_parameters != stored.hyper_parameters)
    loaded.model = with_parameters(spec, *loaded.model, request.model_file.string());

  const data::Dataset dataset = data::prepare(config, loaded.file.users, loaded.file.items);
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
