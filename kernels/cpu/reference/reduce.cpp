#include "kernels/reduce.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

void sum(const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "sum", [&](auto t) {
    using T = decltype(t);
    std::vector<long double> sums(static_cast<std::size_t>(out.numel()));
    const Elements<T> from(x), to(out);
    for (std::int64_t i = 0; i < from.size(); ++i) {
      std::int64_t rest = i, place = 0, stride = 1;  // of the element of `out` that from[i] belongs to
      for (int axis = x.rank() - 1; axis >= 0; --axis) {
        if (out.size(axis) > 1) place += rest % x.size(axis) * stride;
        stride *= out.size(axis);
        rest /= x.size(axis);
      }
      sums[place] += from[i];
    }
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(sums[i]);
  });
}

void max_last(const Tensor& x, Tensor& out, Tensor& index) {
  visit_float(x.dtype(), "max_last", [&](auto t) {
    using T = decltype(t);
    const Rows shape(x.shape());
    const Elements<T> from(x), to(out);
    const Elements<std::int32_t> places(index);
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      std::int64_t best = 0;
      for (std::int64_t j = 1; j < shape.width; ++j) {
        const T value = from[i * shape.width + j], top = from[i * shape.width + best];
        if (value > top || (std::isnan(value) && !std::isnan(top))) best = j;  // a NaN is kept, never hidden
      }
      to[i] = from[i * shape.width + best];
      places[i] = static_cast<std::int32_t>(best);
    }
  });
}

void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  visit_float(grad_x.dtype(), "max_last_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out), to(grad_x);
    const Elements<std::int32_t> places(index);
    const std::int64_t width = grad_x.shape().back();
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = places[i / width] == i % width ? from[i / width] : 0;
  });
}

void sum_of_squares(const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "sum_of_squares", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x);
    long double sum = 0;
    for (std::int64_t i = 0; i < from.size(); ++i) sum += static_cast<long double>(from[i]) * from[i];
    *out.data<T>() = static_cast<T>(sum);
  });
}

void l2_norm_backward(const Tensor& x, const Tensor& norm, const Tensor& grad_norm, Tensor& grad_x) {
  visit_float(x.dtype(), "l2_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(grad_x);
    const double length = *norm.data<T>(), grad = *grad_norm.data<T>();
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = length == 0 ? 0 : static_cast<T>(grad * from[i] / length);
  });
}

void any_nonfinite(const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "any_nonfinite", [&](auto t) {
    const Elements<decltype(t)> from(x);
    bool found = false;
    for (std::int64_t i = 0; i < from.size(); ++i) found |= !std::isfinite(from[i]);
    *out.data<std::int32_t>() = found;
  });
}

}  // namespace seqrec::kernels::reference
