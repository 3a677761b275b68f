#include "train/stages.h"

#include "core/error.h"
#include "kernels/copy.h"
#include "models/model_file.h"

namespace seqrec::train {
namespace {

data::Config stage_config(const data::Config& config, const std::string& stage, bool pretraining) {
  data::ConfigInput input;
  input.model_keys = models::model_info(config.get_string("model")).config_keys();
  input.stored = config.effective();
  input.options.push_back({"train_stage", stage, "stages"});
  if (pretraining) {
    input.options.push_back({"epochs", config.at("pretrain_epochs"), "pretrain_epochs"});
    input.options.push_back({"eval_step", 0, "train_stage"});
    if (!config.is_null("pretrain_batch_size"))
      input.options.push_back({"train_batch_size", config.at("pretrain_batch_size"), "pretrain_batch_size"});
  }
  return data::Config(input);
}

}  // namespace

std::vector<Stage> stages_of(const data::Config& config) {
  if (!config.contains("stages")) return {{config, false}};
  const bool given = !config.is_null("stages");
  const std::vector<std::string> names =
      given ? config.get_strings("stages") : std::vector{config.get_string("train_stage")};
  const std::vector<std::string> both = {"pretrain", "finetune"};
  if (names != both && names != std::vector{both[0]} && names != std::vector{both[1]})
    config.fail(given ? "stages" : "train_stage",
                given ? "[pretrain, finetune], or one of them" : "pretrain or finetune");
  std::vector<Stage> stages;
  for (const std::string& name : names)
    stages.push_back({stage_config(config, name, name == both[0]), name == both[0]});
  return stages;
}

void copy_parameters(const models::SequentialRecommender& from, models::SequentialRecommender& to,
                     const std::string& file) {
  const auto source = from.state();
  auto target = to.state();
  require<ConfigError>(source.size() == target.size(), file, " has ", source.size(),
                       " parameters, but these settings need ", target.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    require<ConfigError>(source[i].first == target[i].first && source[i].second.shape() == target[i].second.shape(),
                         file, " has ", source[i].first, " of shape ", source[i].second.shape(),
                         ", but these settings need ", target[i].first, " of shape ", target[i].second.shape());
    kernels::copy(kernels::to_device(source[i].second, target[i].second.device()), target[i].second);
  }
}

void load_pretrained(const std::filesystem::path& path, const std::string& model_name, const Vocabulary& items,
                     models::SequentialRecommender& model) {
  const models::LoadedModel loaded = models::load_model(path);
  const std::string file = concat("pre_model_path: ", path.string());
  require<ConfigError>(loaded.file.spec.model == model_name, file, " holds a ", loaded.file.spec.model, ", expected ",
                       model_name);
  require<ConfigError>(models::fingerprint(loaded.file.items) == models::fingerprint(items), file,
                       " was trained on other items (", loaded.file.items.size() - 1, ", here there are ",
                       items.size() - 1, "): both stages need the same data and filters");
  copy_parameters(*loaded.model, model, file);
}

}  // namespace seqrec::train
