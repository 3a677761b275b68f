#include "kernels/cpu/simd/optimizer.h"

#include <algorithm>

#include "kernels/cpu/ranges.h"
#include "kernels/optimizer_rules.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

/// Calls update(first place, how many, their gradients or null where they are 0) over the whole parameter in parallel;
/// `skip` leaves out rows without a gradient.
template <class T, class F>
void for_gradients(const ParameterStep& step, bool skip, F&& update) {
  const T* from = step.grad.data<T>();
  if (has_dense_grad(step)) {
    return for_ranges(step.parameter.numel(), kElementGrain,
                      [&](std::int64_t begin, std::int64_t end) { update(begin, end - begin, from + begin); });
  }
  const std::int64_t count = step.parameter.size(0), width = count == 0 ? 0 : step.parameter.numel() / count;
  const auto ids = step.rows.host();
  for_ranges(count, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    auto i = std::lower_bound(ids.begin(), ids.end(), begin) - ids.begin();
    for (std::int64_t r = begin; r < end;) {
      const std::int64_t next = i < std::ssize(ids) ? std::min<std::int64_t>(ids[i], end) : end;
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

/// Calls loop(factors, how many, their gradients or null, parameter, slots or null) for pieces of every parameter.
template <class Options, class F>
void for_each_parameter(const char* op, const Options& options, const ParameterSteps& steps, F loop) {
  for (const ParameterStep& one : steps)
    visit_real(one.parameter.dtype(), op, [&](auto t) {
      using T = decltype(t);
      const auto factors = factors_of<T>(options, one.step);
      T *p = one.parameter.data<T>(), *a = slot_data<T>(options, one, 0), *b = slot_data<T>(options, one, 1);
      for_gradients<T>(one, one.only_rows || skips_rows(options), [&](std::int64_t i, std::int64_t n, const T* g) {
        loop(factors, n, g, p + i, offset(a, i), offset(b, i));
      });
    });
}

}  // namespace

void sgd_step(const SgdOptions& options, const ParameterSteps& steps) {
  for_each_parameter("sgd_step", options, steps,
                     []<class T>(const SgdFactors<T>& factors, std::int64_t n, const T* g, T* p, T* m, T*) {
                       sgd_loop<T>(factors, n, g, p, m);
                     });
}

void adam_step(const AdamOptions& options, const ParameterSteps& steps) {
  for_each_parameter("adam_step", options, steps,
                     []<class T>(const AdamFactors<T>& factors, std::int64_t n, const T* g, T* p, T* m, T* v) {
                       adam_loop<T>(factors, n, g, p, m, v);
                     });
}

void adagrad_step(const AdagradOptions& options, const ParameterSteps& steps) {
  for_each_parameter("adagrad_step", options, steps,
                     []<class T>(const AdagradFactors<T>& factors, std::int64_t n, const T* g, T* p, T* s, T*) {
                       adagrad_loop<T>(factors, n, g, p, s);
                     });
}

void rmsprop_step(const RmspropOptions& options, const ParameterSteps& steps) {
  for_each_parameter("rmsprop_step", options, steps,
                     []<class T>(const RmspropFactors<T>& factors, std::int64_t n, const T* g, T* p, T* s, T*) {
                       rmsprop_loop<T>(factors, n, g, p, s);
                     });
}

}  // namespace seqrec::kernels::cpu
