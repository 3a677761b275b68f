#include "train/optimizer_config.h"

#include <limits>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"
#include "optim/rules.h"

namespace seqrec::train {

OptimizerOptions optimizer_options(const data::Config& config) {
  OptimizerOptions options;
  options.learner = config.get_string("learner");
  options.learning_rate = config.get_double("learning_rate");
  options.weight_decay = config.get_double("weight_decay");
  options.momentum = config.get_double("momentum");
  if (options.momentum != 0 && options.learner != "sgd") config.fail("momentum", "0, or learner: sgd");
  if (options.weight_decay != 0 && options.learner == "sparse_adam")
    config.fail("weight_decay", "0 with learner: sparse_adam");
  return options;
}

optim::Optimizer make_optimizer(nn::Parameters parameters, const OptimizerOptions& o) {
  const double rate = o.learning_rate, decay = o.weight_decay;
  if (o.learner == "adam") return optim::Adam(std::move(parameters), {.learning_rate = rate, .weight_decay = decay});
  if (o.learner == "adamw") return optim::AdamW(std::move(parameters), {.learning_rate = rate, .weight_decay = decay});
  if (o.learner == "sgd")
    return optim::Sgd(std::move(parameters), {.learning_rate = rate, .momentum = o.momentum, .weight_decay = decay});
  if (o.learner == "adagrad")
    return optim::Adagrad(std::move(parameters), {.learning_rate = rate, .weight_decay = decay});
  if (o.learner == "rmsprop")
    return optim::RmsProp(std::move(parameters), {.learning_rate = rate, .weight_decay = decay});
  if (o.learner == "sparse_adam") return optim::SparseAdam(std::move(parameters), {.learning_rate = rate});
  const std::vector<std::string> learners = {"adam", "adamw", "sgd", "adagrad", "rmsprop", "sparse_adam"};
  throw ConfigError(concat("unknown learner '", o.learner, "'", suggest(o.learner, learners)));
}

optim::ClipNorm clip_norm_options(const data::Config& config) {
  const char* const kKey = "clip_grad_norm";
  const char* const kExpected = "a map such as {max_norm: 5, norm_type: 2}, both above 0";
  if (config.is_null(kKey)) return {};
  optim::ClipNorm options;
  const Json& map = config.at(kKey);
  if (!map.is_object() || !map.find("max_norm")) config.fail(kKey, kExpected);
  for (const auto& [name, value] : map.as_object()) {
    const bool infinite = name == "norm_type" && value.is_string() && value.as_string() == "inf";
    if (name == "error_if_nonfinite" || name == "foreach")
      continue;  // PyTorch's; a loss that is not finite stops anyway
    if ((name != "max_norm" && name != "norm_type") || (!infinite && !value.is_number())) config.fail(kKey, kExpected);
    (name == "max_norm" ? options.max_norm : options.norm_type) =
        infinite ? std::numeric_limits<double>::infinity() : value.as_double();
  }
  if (!(options.max_norm > 0) || !(options.norm_type > 0)) config.fail(kKey, kExpected);
  return options;
}

double clip_value_limit(const data::Config& config) {
  return config.is_null("clip_grad_value") ? 0 : config.get_double("clip_grad_value");
}

optim::Schedule schedule(const data::Config& config) {
  const std::string name = config.get_string_or_empty("lr_scheduler");
  if (name.empty()) return {};
  return {name == "step" ? config.get_int("lr_step_size") : 1, config.get_double("lr_gamma")};
}

}  // namespace seqrec::train
