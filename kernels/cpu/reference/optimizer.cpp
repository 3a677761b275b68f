#include "kernels/optimizer.h"

#include "kernels/cpu/reference/arrays.h"
#include "kernels/optimizer_rules.h"

namespace seqrec::kernels::reference {
namespace {

/// The gradient of every row of the parameter, 0 where it has none.
Array gradient_of(const ParameterStep& step) {
  return has_dense_grad(step) ? rows(step.grad) : scatter(step.parameter.size(0), step.rows, rows(step.grad));
}

/// Overwrites the rows that the step moves.
void write_moved(const ParameterStep& step, const Tensor& out, const Array& values) {
  if (!step.only_rows || has_dense_grad(step)) return write(out, values);
  Array all = rows(out);
  for (std::int64_t i = 0; i < step.rows.size(); ++i) all.row(step.rows[i]) = values.row(step.rows[i]);
  write(out, all);
}

}  // namespace

void sgd_step(const SgdOptions& options, const ParameterSteps& steps) {
  for (const ParameterStep& one : steps) {
    const Array p = rows(one.parameter);
    Array g = gradient_of(one) + options.weight_decay * p;
    if (options.momentum != 0) {
      if (one.step > 1) g += options.momentum * rows(one.slots[0]);
      write_moved(one, one.slots[0], g);
    }
    write_moved(one, one.parameter, p - options.learning_rate * g);
  }
}

void adam_step(const AdamOptions& options, const ParameterSteps& steps) {
  for (const ParameterStep& one : steps) {
    const double correction1 = 1 - std::pow(options.beta1, one.step);
    const double correction2 = 1 - std::pow(options.beta2, one.step);
    Array p = rows(one.parameter), g = gradient_of(one);
    if (options.decoupled)
      p -= options.learning_rate * options.weight_decay * p;
    else
      g += options.weight_decay * p;
    const Array m = options.beta1 * rows(one.slots[0]) + (1 - options.beta1) * g;
    const Array v = options.beta2 * rows(one.slots[1]) + (1 - options.beta2) * g.square();
    p -= options.learning_rate / correction1 * m / (v.sqrt() / std::sqrt(correction2) + options.eps);
    write_moved(one, one.parameter, p);
    write_moved(one, one.slots[0], m);
    write_moved(one, one.slots[1], v);
  }
}

void adagrad_step(const AdagradOptions& options, const ParameterSteps& steps) {
  for (const ParameterStep& one : steps) {
    const Array p = rows(one.parameter), g = gradient_of(one) + options.weight_decay * p;
    const Array s = rows(one.slots[0]) + g.square();
    write_moved(one, one.slots[0], s);
    write_moved(one, one.parameter, p - options.learning_rate * g / (s.sqrt() + options.eps));
  }
}

void rmsprop_step(const RmspropOptions& options, const ParameterSteps& steps) {
  for (const ParameterStep& one : steps) {
    const Array p = rows(one.parameter), g = gradient_of(one) + options.weight_decay * p;
    const Array s = options.alpha * rows(one.slots[0]) + (1 - options.alpha) * g.square();
    write_moved(one, one.slots[0], s);
    write_moved(one, one.parameter, p - options.learning_rate * g / (s.sqrt() + options.eps));
  }
}

}  // namespace seqrec::kernels::reference
