#include "train/stages.h"

#include "models/list.h"
#include "train/build.h"

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

std::vector<Stage> stages_of(const data::Config& config, const std::vector<std::string>& stages) {
  if (stages.empty()) return {{"", config, false}};
  const bool given = !config.is_null("stages");
  const std::vector<std::string> names =
      given ? config.get_strings("stages") : std::vector{config.get_string("train_stage")};
  if (names != stages && names != std::vector{stages[0]} && names != std::vector{stages[1]})
    config.fail(given ? "stages" : "train_stage", given ? concat("[", stages[0], ", ", stages[1], "], or one of them")
                                                        : concat(stages[0], " or ", stages[1]));
  std::vector<Stage> out;
  for (const std::string& name : names) {
    const bool pretraining = name == stages[0];
    out.push_back({name, stage_config(config, name, pretraining), pretraining});
  }
  return out;
}

BatchNeeds data_needs(const std::string& model, const data::Config& config) {
  return batch_needs(model, stages_of(config, models::model_info(model).stages).front().config);
}

}  // namespace seqrec::train
