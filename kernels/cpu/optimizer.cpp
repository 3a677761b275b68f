#include "kernels/optimizer.h"

#include <cmath>

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/optimizer.h"

namespace seqrec::kernels::cpu {
namespace {

/// Calls update(first place, how many, their gradients or null where they are 0) over the whole parameter in parallel;
/// `skip` leaves out rows without a gradient.
template <class T, class F>
void for_gradients(const Tensor& grad, const Index& rows, const Tensor& parameter, bool skip, F&& update) {
  const T* from = grad.data<T>();
  if (rows.size() == 0 && grad.numel() == parameter.numel()) {
    return for_ranges(parameter.numel(), kElementGrain,
                      [&](std::int64_t begin, std::int64_t end) { update(begin, end - begin, from + begin); });
  }
  const std::int64_t count = parameter.size(0), width = count == 0 ? 0 : parameter.numel() / count;
  const auto ids = rows.host();
  for_ranges(count, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    auto i = std::lower_bound(ids.begin(), ids.end(), begin) - ids.begin();
    for (std::int64_t r = begin; r < end;) {
      const std::int64_t next =
          i < std::ssize(ids) ? std::min<std::int64_t>(ids[static_cast<std::size_t>(i)], end) : end;
      if (next > r && !skip) update(r * width, (next - r) * width, nullptr);
      if (next < end) update(next * width, width, from + i++ * width);
      r = next + 1;
    }
  });
}

template <class T>
T* offset(T* data, std::int64_t place) {
  return data ? data + place : nullptr;
}

}  // namespace

void sgd_step(const SgdOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
              Tensor& moment) {
  visit_float(parameter.dtype(), "sgd_step", [&](auto t) {
    using T = decltype(t);
    const SgdFactors<T> factors{static_cast<T>(options.learning_rate), static_cast<T>(options.momentum),
                                static_cast<T>(options.weight_decay), step == 1};
    T *p = parameter.data<T>(), *m = options.momentum != 0 ? moment.data<T>() : nullptr;
    const bool skip = !m && options.weight_decay == 0;
    for_gradients<T>(grad, rows, parameter, skip, [&](std::int64_t i, std::int64_t n, const T* g) {
      sgd_loop<T>(factors, n, g, p + i, offset(m, i));
    });
  });
}

void adam_step(const AdamOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
               Tensor& m, Tensor& v) {
  visit_float(parameter.dtype(), "adam_step", [&](auto t) {
    using T = decltype(t);
    const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(step));
    const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(step));
    AdamFactors<T> factors;
    factors.beta1 = static_cast<T>(options.beta1);
    factors.rest1 = static_cast<T>(1 - options.beta1);
    factors.beta2 = static_cast<T>(options.beta2);
    factors.rest2 = static_cast<T>(1 - options.beta2);
    factors.weight_decay = static_cast<T>(options.decoupled ? 0 : options.weight_decay);
    factors.shrink = static_cast<T>(options.decoupled ? 1 - options.learning_rate * options.weight_decay : 1);
    factors.step_size = static_cast<T>(options.learning_rate / correction1);
    factors.inverse_root = static_cast<T>(1 / std::sqrt(correction2));
    factors.eps = static_cast<T>(options.eps);
    T *p = parameter.data<T>(), *first = m.data<T>(), *second = v.data<T>();
    for_gradients<T>(grad, rows, parameter, options.lazy, [&](std::int64_t i, std::int64_t n, const T* g) {
      adam_loop<T>(factors, n, g, p + i, first + i, second + i);
    });
  });
}

void adagrad_step(const AdagradOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& sum) {
  visit_float(parameter.dtype(), "adagrad_step", [&](auto t) {
    using T = decltype(t);
    const AdagradFactors<T> factors{static_cast<T>(options.learning_rate), static_cast<T>(options.weight_decay),
                                    static_cast<T>(options.eps)};
    T *p = parameter.data<T>(), *s = sum.data<T>();
    const bool skip = options.weight_decay == 0;
    for_gradients<T>(grad, rows, parameter, skip,
                     [&](std::int64_t i, std::int64_t n, const T* g) { adagrad_loop<T>(factors, n, g, p + i, s + i); });
  });
}

void rmsprop_step(const RmspropOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& square_average) {
  visit_float(parameter.dtype(), "rmsprop_step", [&](auto t) {
    using T = decltype(t);
    const RmspropFactors<T> factors{static_cast<T>(options.learning_rate), static_cast<T>(options.weight_decay),
                                    static_cast<T>(options.eps), static_cast<T>(options.alpha),
                                    static_cast<T>(1 - options.alpha)};
    T *p = parameter.data<T>(), *s = square_average.data<T>();
    for_gradients<T>(grad, rows, parameter, false,
                     [&](std::int64_t i, std::int64_t n, const T* g) { rmsprop_loop<T>(factors, n, g, p + i, s + i); });
  });
}

}  // namespace seqrec::kernels::cpu
