#include "kernels/optimizer.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// Calls f(a value of its dtype, step) for each parameter.
template <class F>
static void for_each_parameter(const char* op, const ParameterSteps& steps, F&& f) {
  for (const ParameterStep& one : steps) visit_float(one.parameter.dtype(), op, [&](auto t) { f(t, one); });
}

// Calls update(i, gradient, whether the row has one) for each element of the parameter.
template <class T, class F>
static void for_each_element(const ParameterStep& step, F&& update) {
  const auto& [grad, rows, parameter, slots, number] = step;
  const Elements<T> from(grad);
  if (rows.size() == 0 && grad.numel() == parameter.numel()) {
    for (std::int64_t i = 0; i < parameter.numel(); ++i) update(i, static_cast<double>(from[i]), true);
    return;
  }
  const std::int64_t count = parameter.size(0), width = count == 0 ? 0 : parameter.numel() / count;
  std::vector<std::int64_t> row_of(count, -1);
  for (std::int64_t i = 0; i < rows.size(); ++i) row_of[rows[i]] = i;
  for (std::int64_t r = 0; r < count; ++r) {
    const std::int64_t row = row_of[r];
    for (std::int64_t j = 0; j < width; ++j)
      update(r * width + j, row < 0 ? 0.0 : static_cast<double>(from[row * width + j]), row >= 0);
  }
}

void sgd_step(const SgdOptions& options, const ParameterSteps& steps) {
  for_each_parameter("sgd_step", steps, [&](auto t, const ParameterStep& one) {
    using T = decltype(t);
    const Elements<T> p(one.parameter), m(options.momentum != 0 ? one.slots[0] : one.parameter);
    for_each_element<T>(one, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      if (options.momentum != 0) {
        g += one.step == 1 ? 0 : options.momentum * m[i];
        m[i] = static_cast<T>(g);
      }
      p[i] = static_cast<T>(p[i] - options.learning_rate * g);
    });
  });
}

void adam_step(const AdamOptions& options, const ParameterSteps& steps) {
  for_each_parameter("adam_step", steps, [&](auto t, const ParameterStep& one) {
    using T = decltype(t);
    const Elements<T> ps(one.parameter), ms(one.slots[0]), vs(one.slots[1]);
    const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(one.step));
    const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(one.step));
    for_each_element<T>(one, [&](std::int64_t i, double g, bool present) {
      if (options.lazy && !present) return;
      double p = ps[i];
      if (options.decoupled)
        p -= options.learning_rate * options.weight_decay * p;
      else
        g += options.weight_decay * p;
      const double m1 = options.beta1 * ms[i] + (1 - options.beta1) * g;
      const double v1 = options.beta2 * vs[i] + (1 - options.beta2) * g * g;
      ms[i] = static_cast<T>(m1);
      vs[i] = static_cast<T>(v1);
      ps[i] = static_cast<T>(p - options.learning_rate / correction1 * m1 /
                                     (std::sqrt(v1) / std::sqrt(correction2) + options.eps));
    });
  });
}

void adagrad_step(const AdagradOptions& options, const ParameterSteps& steps) {
  for_each_parameter("adagrad_step", steps, [&](auto t, const ParameterStep& one) {
    using T = decltype(t);
    const Elements<T> p(one.parameter), s(one.slots[0]);
    for_each_element<T>(one, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      const double s1 = s[i] + g * g;
      s[i] = static_cast<T>(s1);
      p[i] = static_cast<T>(p[i] - options.learning_rate * g / (std::sqrt(s1) + options.eps));
    });
  });
}

void rmsprop_step(const RmspropOptions& options, const ParameterSteps& steps) {
  for_each_parameter("rmsprop_step", steps, [&](auto t, const ParameterStep& one) {
    using T = decltype(t);
    const Elements<T> p(one.parameter), s(one.slots[0]);
    for_each_element<T>(one, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      const double s1 = options.alpha * s[i] + (1 - options.alpha) * g * g;
      s[i] = static_cast<T>(s1);
      p[i] = static_cast<T>(p[i] - options.learning_rate * g / (std::sqrt(s1) + options.eps));
    });
  });
}

}  // namespace seqrec::kernels::reference
