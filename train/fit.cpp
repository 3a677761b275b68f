#include "train/fit.h"

#include "models/list.h"
#include "train/training_sessions.h"

namespace seqrec::train {

void fit(models::ModelSpec& spec, const data::Dataset& dataset) {
  const models::ModelInfo& info = models::model_info(spec.model);
  if (info.fit) spec.fitted = info.fit(spec, training_sessions(dataset));
}

std::string check_fit(const models::ModelSpec& spec, const data::Config& config) {
  if (!models::model_info(spec.model).fit) return "";
  if (!config.get_string("init_model").empty())
    config.fail("init_model", concat("none: ", spec.model, " is fitted to the data in one pass"));
  std::string unused;
  for (const char* key : {"epochs", "train_batch_size", "learner", "learning_rate", "train_neg_sample_args",
                          "stopping_step", "clip_grad_norm", "clip_grad_value", "weight_decay", "momentum",
                          "lr_scheduler", "lr_step_size", "lr_gamma", "shuffle", "batching", "preload_weight"})
    if (config.is_explicit(key)) unused += concat(unused.empty() ? "" : ", ", key);
  return unused.empty() ? "" : concat("no effect on ", spec.model, ", which is fitted in one pass: ", unused);
}

}  // namespace seqrec::train
