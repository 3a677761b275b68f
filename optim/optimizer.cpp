#include "optim/optimizer.h"

#include <cmath>
#include <set>
#include <variant>

#include "core/error.h"
#include "kernels/copy.h"
#include "optim/waiting_rows.h"

namespace seqrec::optim {
namespace {

using kernels::ParameterSteps;

void take(const kernels::SgdOptions& options, const ParameterSteps& steps) { kernels::sgd_step(options, steps); }
void take(const kernels::AdamOptions& options, const ParameterSteps& steps) { kernels::adam_step(options, steps); }
void take(const kernels::AdagradOptions& options, const ParameterSteps& steps) {
  kernels::adagrad_step(options, steps);
}
void take(const kernels::RmspropOptions& options, const ParameterSteps& steps) {
  kernels::rmsprop_step(options, steps);
}

Optimizer::Rule step_of(const kernels::OptimizerRule& rule) {
  return [rule](double learning_rate, const ParameterSteps& steps) {
    std::visit(
        [&](auto options) {
          options.learning_rate = learning_rate;
          take(options, steps);
        },
        rule);
  };
}

double learning_rate_of(const kernels::OptimizerRule& rule) {
  return std::visit([](const auto& options) { return options.learning_rate; }, rule);
}

}  // namespace

Optimizer::Optimizer(Parameters parameters, std::vector<std::string> slots, double learning_rate, Rule rule)
    : parameters_(std::move(parameters)),
      slot_names_(std::move(slots)),
      rule_(std::move(rule)),
      steps_(Tensor::zeros({std::ssize(parameters_)}, DType::I64)) {
  set_learning_rate(learning_rate);
  require<UsageError>(slot_names_.size() <= 2, "[optimizer] expected at most 2 slots, got ", slot_names_.size());
  std::set<const void*> seen;
  for (const auto& [name, parameter] : parameters_) {
    require<UsageError>(seen.insert(parameter.state().get()).second, "[optimizer] parameter ", name,
                        " is there twice, under this name or another");
    std::array<Tensor, 2>& own = slots_.emplace_back();
    for (std::size_t i = 0; i < slot_names_.size(); ++i)
      own[i] = Tensor::zeros(parameter.shape(), parameter.dtype(), parameter.device());
  }
}

Optimizer::Optimizer(Parameters parameters, std::vector<std::string> slots, const kernels::OptimizerRule& rule)
    : Optimizer(std::move(parameters), std::move(slots), learning_rate_of(rule), step_of(rule)) {
  if (!kernels::moves_other_rows(rule)) return;
  for (const std::array<Tensor, 2>& own : slots_) waiting_.push_back(std::make_shared<WaitingRows>(rule, own));
}

void Optimizer::set_learning_rate(double rate) {
  require<UsageError>(rate >= 0 && std::isfinite(rate), "[optimizer] learning_rate: expected a number >= 0, got ",
                      rate);
  learning_rate_ = rate;
}

void Optimizer::minimise(const Variable& loss) {
  autograd::backward(loss);
  step();
  clear_grad();
}

/// Whether a step may leave rows for later: there are many, and no one else looks into the tensors.
bool Optimizer::may_wait(std::size_t i) const {
  constexpr std::int64_t kMany = 8;  // rows, for one in the gradient
  const Variable& parameter = parameters_[i].second;
  const autograd::Gradient& gradient = parameter.grad();
  if (waiting_.empty() || !gradient.is_sparse() || parameter.device() != kCpu) return false;
  if (gradient.sparse().ids.size() * kMany > parameter.shape()[0]) return false;
  const auto holders = [](const Tensor& tensor) { return tensor.defined() ? tensor.storage().use_count() : 0; };
  // The variable has the one; these and WaitingRows have the others.
  return holders(parameter.rows({})) == 1 && holders(slots_[i][0]) <= 2 && holders(slots_[i][1]) <= 2;
}

void Optimizer::step() {
  kernels::ParameterSteps steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& parameter = parameters_[i].second;
    const autograd::Gradient& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const Tensor grad = gradient.is_sparse() ? gradient.sparse().values : gradient.dense();
    const Index rows = gradient.is_sparse() ? gradient.sparse().ids : Index();
    const std::int64_t step = ++steps_.span<std::int64_t>()[i];
    const bool wait = may_wait(i);
    if (!wait || waiting_[i]->full()) static_cast<void>(parameter.value());
    if (!wait && !waiting_.empty()) waiting_[i]->forget_rest();
    if (wait) parameter.wait(waiting_[i]);
    steps.push_back({kernels::contiguous(grad), rows, parameter.rows(rows), slots_[i], step, /*only_rows=*/wait});
    if (wait) waiting_[i]->miss(gradient.sparse(), step, learning_rate_);
  }
  rule_(learning_rate_, steps);
}

void Optimizer::make_up() const {
  for (const auto& [name, parameter] : parameters_) static_cast<void>(parameter.value());
}

void Optimizer::clear_grad() {
  for (auto& [name, parameter] : parameters_) parameter.clear_grad();
}

nn::NamedTensors Optimizer::state() const {
  make_up();
  for (const auto& waiting : waiting_) waiting->forget_rest();  // who asks may write
  nn::NamedTensors state = {{"step", steps_}};
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (std::size_t j = 0; j < slot_names_.size(); ++j)
      state.emplace_back(slot_names_[j] + "." + parameters_[i].first, slots_[i][j]);
  return state;
}

}  // namespace seqrec::optim
