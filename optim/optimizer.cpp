#include "optim/optimizer.h"

#include <cmath>
#include <set>

#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::optim {

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

void Optimizer::step() {
  kernels::ParameterSteps steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Variable& parameter = parameters_[i].second;
    const autograd::Gradient& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const Tensor grad = gradient.is_sparse() ? gradient.sparse().values : gradient.dense();
    const Index rows = gradient.is_sparse() ? gradient.sparse().ids : Index();
    steps.push_back({kernels::contiguous(grad), rows, parameter.value(), slots_[i], ++steps_.span<std::int64_t>()[i]});
  }
  rule_(learning_rate_, steps);
}

void Optimizer::clear_grad() {
  for (auto& [name, parameter] : parameters_) parameter.clear_grad();
}

nn::NamedTensors Optimizer::state() const {
  nn::NamedTensors state = {{"step", steps_}};
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    for (std::size_t j = 0; j < slot_names_.size(); ++j)
      state.emplace_back(slot_names_[j] + "." + parameters_[i].first, slots_[i][j]);
  return state;
}

}  // namespace seqrec::optim
