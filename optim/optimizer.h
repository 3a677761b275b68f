#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/missed_steps.h"
#include "kernels/optimizer.h"
#include "nn/module.h"

namespace seqrec::optim {

using autograd::Variable;
using nn::Parameters;

class WaitingRows;

/// Moves parameters along their gradients, in place. Adam and its like (optim/rules.h) are optimisers that differ in
/// their rule; so may one's own.
///
/// Of a large table on the CPU whose gradient is row-sparse, a step of those takes only the rows that the gradient
/// holds. The others wait for it until they are read, and then have the same bits (autograd/pending_rows.h). A table
/// whose tensors others hold, too (a copy of parameter.value(), of state()), is moved at once, so that they see every
/// step.
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
  /// How many tensors the rule keeps for each parameter, of its shape.
  std::int64_t slots() const { return static_cast<std::int64_t>(slot_names_.size()); }
  void set_learning_rate(double rate);

  /// Makes up for all that rows wait for, as whoever reads them would. Before several threads read a parameter.
  void make_up() const;

  /// What goes on from here needs, by name: `step` (I64, steps of each parameter) and `SLOT.PARAMETER` (PyTorch's
  /// names: exp_avg, exp_avg_sq, momentum_buffer, sum, square_avg). The optimiser's own tensors: write into them to
  /// load.
  nn::NamedTensors state() const;

 protected:
  /// By a rule of the kernels', whose learning rate is the first one.
  Optimizer(Parameters parameters, std::vector<std::string> slots, const kernels::OptimizerRule& rule);

 private:
  bool may_wait(std::size_t i) const;

  Parameters parameters_;
  std::vector<std::string> slot_names_;
  double learning_rate_;
  Rule rule_;
  Tensor steps_;                                       // I64 [parameters]
  std::vector<std::array<Tensor, 2>> slots_;           // of each parameter, as many as there are names
  std::vector<std::shared_ptr<WaitingRows>> waiting_;  // of each parameter; none by a rule that isn't the kernels'
};

}  // namespace seqrec::optim
