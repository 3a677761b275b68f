#include "train/optimizer.h"

#include "core/error.h"
#include "core/suggest.h"
#include "kernels/copy.h"
#include "kernels/optimizer.h"
#include "train/clip.h"

namespace seqrec::train {

/// A kind of optimiser: the names of what it keeps for each parameter, and its step.
struct Optimizer::Learner {
  std::string name;
  std::vector<std::string> slots;
  void (*update)(const OptimizerOptions& options, const kernels::ParameterSteps& steps);
};

namespace {

using kernels::ParameterSteps;

void sgd(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::sgd_step({options.learning_rate, options.momentum, options.weight_decay}, steps);
}

kernels::AdamOptions adam_options(const OptimizerOptions& options) {
  kernels::AdamOptions adam{options.learning_rate};
  adam.weight_decay = options.weight_decay;
  return adam;
}

void adam(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::adam_step(adam_options(options), steps);
}

void adamw(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::AdamOptions adamw = adam_options(options);
  adamw.decoupled = true;
  kernels::adam_step(adamw, steps);
}

void sparse_adam(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::AdamOptions lazy = adam_options(options);
  lazy.lazy = true;
  kernels::adam_step(lazy, steps);
}

void adagrad(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::AdagradOptions adagrad{options.learning_rate};
  adagrad.weight_decay = options.weight_decay;
  kernels::adagrad_step(adagrad, steps);
}

void rmsprop(const OptimizerOptions& options, const ParameterSteps& steps) {
  kernels::RmspropOptions rmsprop{options.learning_rate};
  rmsprop.weight_decay = options.weight_decay;
  kernels::rmsprop_step(rmsprop, steps);
}

const std::vector<Optimizer::Learner>& learners() {
  static const std::vector<Optimizer::Learner> kLearners = {
      {"adam", {"exp_avg", "exp_avg_sq"}, adam}, {"adamw", {"exp_avg", "exp_avg_sq"}, adamw},
      {"sgd", {"momentum_buffer"}, sgd},         {"adagrad", {"sum"}, adagrad},
      {"rmsprop", {"square_avg"}, rmsprop},      {"sparse_adam", {"exp_avg", "exp_avg_sq"}, sparse_adam},
  };
  return kLearners;
}

const Optimizer::Learner& find_learner(const std::string& name) {
  std::vector<std::string> names;
  for (const Optimizer::Learner& learner : learners()) {
    if (learner.name == name) return learner;
    names.push_back(learner.name);
  }
  throw ConfigError(concat("unknown learner '", name, "'", suggest(name, names)));
}

}  // namespace

OptimizerOptions optimizer_options(const data::Config& config) {
  OptimizerOptions options;
  options.learner = config.get_string("learner");
  options.learning_rate = config.get_double("learning_rate");
  options.weight_decay = config.get_double("weight_decay");
  options.momentum = config.get_double("momentum");
  if (!config.is_null("clip_grad_value")) {
    options.clip_grad_value = config.get_double("clip_grad_value");
    if (options.clip_grad_value <= 0) config.fail("clip_grad_value", "a number above 0");
  }
  if (options.momentum != 0 && options.learner != "sgd") config.fail("momentum", "0, or learner: sgd");
  if (options.weight_decay != 0 && options.learner == "sparse_adam")
    config.fail("weight_decay", "0 with learner: sparse_adam");
  return options;
}

Optimizer::Optimizer(Parameters parameters, const OptimizerOptions& options)
    : parameters_(std::move(parameters)), options_(options), learner_(&find_learner(options.learner)) {
  steps_ = Tensor::zeros({static_cast<std::int64_t>(parameters_.size())}, DType::I64);
  const bool without_slots = options_.learner == "sgd" && options_.momentum == 0;
  for (const auto& [name, parameter] : parameters_) {
    std::array<Tensor, 2>& slots = slots_.emplace_back();
    if (without_slots) continue;
    for (std::size_t i = 0; i < learner_->slots.size(); ++i)
      slots[i] = Tensor::zeros(parameter.shape(), parameter.dtype(), parameter.value().device());
  }
}

void Optimizer::step() {
  ParameterSteps steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const autograd::Variable& parameter = parameters_[i].second;
    const autograd::Gradient& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    Tensor grad = gradient.is_sparse() ? gradient.sparse().values : gradient.dense();
    const Index rows = gradient.is_sparse() ? gradient.sparse().ids : Index();
    if (options_.clip_grad_value > 0) grad = clip_value(grad, options_.clip_grad_value);
    steps.push_back({kernels::contiguous(grad), rows, parameter.value(), slots_[i], ++steps_.span<std::int64_t>()[i]});
  }
  learner_->update(options_, steps);
}

void Optimizer::clear_grad() {
  for (auto& [name, parameter] : parameters_) parameter.clear_grad();
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, Tensor>> state = {{"step", steps_}};
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (std::size_t j = 0; j < slots_[i].size(); ++j)
      if (slots_[i][j].defined()) state.emplace_back(learner_->slots[j] + "." + parameters_[i].first, slots_[i][j]);
  return state;
}

}  // namespace seqrec::train
