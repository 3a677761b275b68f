#include "train/optimizer_config.h"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "tests/message_of.h"

namespace seqrec::train {
namespace {

data::Config config_with(std::vector<std::string> settings) {
  data::ConfigInput input;
  input.settings = std::move(settings);
  return data::Config(input);
}

std::string option_error(const std::vector<std::string>& settings, void (*read)(const data::Config&)) {
  return message_of<ConfigError>([&] { read(config_with(settings)); });
}

TEST_CASE("options come from RecBole's keys; what has no meaning is refused") {
  const OptimizerOptions options =
      optimizer_options(config_with({"learner=sgd", "learning_rate=0.5", "momentum=0.9", "weight_decay=1e-4"}));
  CHECK(options.learner == "sgd");
  CHECK(options.learning_rate == 0.5);
  CHECK(options.momentum == 0.9);
  CHECK(options.weight_decay == 1e-4);

  const auto read = [](const data::Config& config) { optimizer_options(config); };
  CHECK(option_error({"momentum=0.9"}, read) == "momentum (--set): got 0.9, expected 0, or learner: sgd");
  CHECK(option_error({"learner=sparse_adam", "weight_decay=0.1"}, read) ==
        "weight_decay (--set): got 0.1, expected 0 with learner: sparse_adam");
  CHECK_THROWS_WITH_AS(make_optimizer({}, {.learner = "adamm"}), "unknown learner 'adamm' (did you mean 'adam'?)",
                       ConfigError);
}

TEST_CASE("every learner makes its optimiser, with the keys that it knows") {
  const nn::Parameters parameters = {{"w", autograd::Variable(Tensor::zeros({2}), true)}};
  const auto slots = [&](const OptimizerOptions& options) {
    std::string out;
    for (const auto& [name, tensor] : make_optimizer(parameters, options).state()) out += name + " ";
    return out;
  };
  for (const char* learner : {"adam", "adamw", "sparse_adam"})
    CHECK(slots({.learner = learner}) == "step exp_avg.w exp_avg_sq.w ");
  CHECK(slots({.learner = "sgd"}) == "step ");
  CHECK(slots({.learner = "sgd", .momentum = 0.9}) == "step momentum_buffer.w ");
  CHECK(slots({.learner = "adagrad"}) == "step sum.w ");
  CHECK(slots({.learner = "rmsprop"}) == "step square_avg.w ");
  CHECK(make_optimizer(parameters, {.learning_rate = 0.5}).learning_rate() == 0.5);
}

TEST_CASE("clip_grad_norm is RecBole's map") {
  const optim::ClipNorm options = clip_norm_options(config_with({"clip_grad_norm={max_norm: 5, norm_type: 1}"}));
  CHECK(options.max_norm == 5);
  CHECK(options.norm_type == 1);
  CHECK(clip_norm_options(config_with({})).max_norm == 0);
  CHECK(std::isinf(clip_norm_options(config_with({"clip_grad_norm={max_norm: 5, norm_type: inf}"})).norm_type));
  const auto read = [](const data::Config& config) { clip_norm_options(config); };
  for (const char* bad :
       {"{max_norm: 0}", "{norm_type: 2}", "{max_norm: 5, norm_type: -1}", "{max_norm: 5, p: 2}", "{max_norm: [1]}"}) {
    const std::string message = option_error({concat("clip_grad_norm=", bad)}, read);
    CHECK_MESSAGE(message.find("clip_grad_norm (--set)") == 0, bad);
    CHECK(message.find("expected a map such as {max_norm: 5, norm_type: 2}, both above 0") != std::string::npos);
  }
}

TEST_CASE("clip_grad_value is a limit, or null") {
  CHECK(clip_value_limit(config_with({})) == 0);
  CHECK(clip_value_limit(config_with({"clip_grad_value=0.5"})) == 0.5);
  CHECK(option_error({"clip_grad_value=0"}, [](const data::Config& config) { clip_value_limit(config); }) ==
        "clip_grad_value (--set): got 0, expected a number above 0");
}

TEST_CASE("lr_scheduler is step, exponential or null") {
  const optim::Schedule step = schedule(config_with({"lr_scheduler=step", "lr_step_size=3", "lr_gamma=0.1"}));
  CHECK(step.step_size == 3);
  CHECK(step.gamma == 0.1);
  const optim::Schedule exponential = schedule(config_with({"lr_scheduler=exponential", "lr_gamma=0.5"}));
  CHECK(exponential.step_size == 1);
  CHECK(exponential.gamma == 0.5);
  CHECK(schedule(config_with({})).step_size == 0);
}

}  // namespace
}  // namespace seqrec::train
