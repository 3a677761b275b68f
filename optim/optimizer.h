#pragma once

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/optimizer.h"
#include "nn/module.h"

namespace seqrec::optim {

using autograd::Variable;
using nn::Parameters;

/// Moves parameters along their gradients, in place. Adam and its like (optim/rules.h) are optimisers that differ in
/// their rule; so may one's own.
class Optimizer {
 public:
  /// One step of all parameters that have a gradient, with the learning rate of now.
  using Rule = std::function<void(double learning_rate, const kernels::ParameterSteps& steps)>;

  /// `slots` names what the rule keeps for each parameter (at most two tensors of its shape, 0 at first). UsageError
  /// for a learning rate that is negative or not finite.
  Optimizer(Parameters parameters, std::vector<std::string> slots, double learning_rate, Rule rule);

  /// backward(loss), step, clear_grad: a step of training, for who doesn't look at the gradients.
  void minimise(const Variable& loss);

  /// One step with the gradients that backward() collected; a parameter without one is left alone, as in PyTorch.
  void step();
  void clear_grad();
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate);

  /// What goes on from here needs, by name: `step` (I64, steps of each parameter) and `SLOT.PARAMETER` (PyTorch's
  /// names: exp_avg, exp_avg_sq, momentum_buffer, sum, square_avg). The optimiser's own tensors: write into them to
  /// load.
  nn::NamedTensors state() const;

 private:
  Parameters parameters_;
  std::vector<std::string> slot_names_;
  double learning_rate_;
  Rule rule_;
  Tensor steps_;                              // I64 [parameters]
  std::vector<std::array<Tensor, 2>> slots_;  // of each parameter, as many as there are names
};

}  // namespace seqrec::optim
