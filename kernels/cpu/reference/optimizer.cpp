#include "kernels/optimizer.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// Calls update(place, gradient, whether the row is in `rows`) for each element of the parameter.
template <class T, class F>
static void for_each_element(const Tensor& grad, const Index& rows, const Tensor& parameter, F&& update) {
  const Elements<T> from(grad);
  if (rows.size() == 0 && grad.numel() == parameter.numel()) {
    for (std::int64_t i = 0; i < parameter.numel(); ++i) update(i, static_cast<double>(from[i]), true);
    return;
  }
  const std::int64_t count = parameter.size(0), width = count == 0 ? 0 : parameter.numel() / count;
  std::vector<std::int64_t> row_of(static_cast<std::size_t>(count), -1);
  for (std::int64_t i = 0; i < rows.size(); ++i) row_of[static_cast<std::size_t>(rows[i])] = i;
  for (std::int64_t r = 0; r < count; ++r) {
    const std::int64_t row = row_of[static_cast<std::size_t>(r)];
    for (std::int64_t j = 0; j < width; ++j)
      update(r * width + j, row < 0 ? 0.0 : static_cast<double>(from[row * width + j]), row >= 0);
  }
}

void sgd_step(const SgdOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
              Tensor& moment) {
  visit_float(parameter.dtype(), "sgd_step", [&](auto t) {
    using T = decltype(t);
    const Elements<T> p(parameter), m(options.momentum != 0 ? moment : parameter);
    for_each_element<T>(grad, rows, parameter, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      if (options.momentum != 0) {
        g += step == 1 ? 0 : options.momentum * m[i];
        m[i] = static_cast<T>(g);
      }
      p[i] = static_cast<T>(p[i] - options.learning_rate * g);
    });
  });
}

void adam_step(const AdamOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
               Tensor& m, Tensor& v) {
  visit_float(parameter.dtype(), "adam_step", [&](auto t) {
    using T = decltype(t);
    const Elements<T> ps(parameter), ms(m), vs(v);
    const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(step));
    const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(step));
    for_each_element<T>(grad, rows, parameter, [&](std::int64_t i, double g, bool present) {
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

void adagrad_step(const AdagradOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& sum) {
  visit_float(parameter.dtype(), "adagrad_step", [&](auto t) {
    using T = decltype(t);
    const Elements<T> p(parameter), s(sum);
    for_each_element<T>(grad, rows, parameter, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      const double s1 = s[i] + g * g;
      s[i] = static_cast<T>(s1);
      p[i] = static_cast<T>(p[i] - options.learning_rate * g / (std::sqrt(s1) + options.eps));
    });
  });
}

void rmsprop_step(const RmspropOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& square_average) {
  visit_float(parameter.dtype(), "rmsprop_step", [&](auto t) {
    using T = decltype(t);
    const Elements<T> p(parameter), s(square_average);
    for_each_element<T>(grad, rows, parameter, [&](std::int64_t i, double g, bool) {
      g += options.weight_decay * p[i];
      const double s1 = options.alpha * s[i] + (1 - options.alpha) * g * g;
      s[i] = static_cast<T>(s1);
      p[i] = static_cast<T>(p[i] - options.learning_rate * g / (std::sqrt(s1) + options.eps));
    });
  });
}

}  // namespace seqrec::kernels::reference
