#include "train/stages.h"

namespace seqrec::train {
namespace {

data::Config stage_config(const data::Config& config, const std::string& stage, bool pretraining) {
  std::vector<data::ConfigInput::Option> options = {{"train_stage", stage, "stages"}};
  if (pretraining) {
    options.push_back({"epochs", config.at("pretrain_epochs"), "pretrain_epochs"});
    options.push_back({"eval_step", 0, "train_stage"});
    if (!config.is_null("pretrain_batch_size"))
      options.push_back({"train_batch_size", config.at("pretrain_batch_size"), "pretrain_batch_size"});
  }
  return config.with(options);
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

}  // namespace seqrec::train
