#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// Calls each(first place of the row, max, sum of exp(x - max)) for every row of x.
template <class T, class F>
static void for_each_row(const Tensor& x, F&& each) {
  const Rows shape(x.shape());
  const Elements<T> from(x);
  for (std::int64_t begin = 0; begin < from.size(); begin += shape.width) {
    T max = from[begin];
    for (std::int64_t j = 1; j < shape.width; ++j) max = std::max(max, from[begin + j]);
    long double sum = 0;
    for (std::int64_t j = 0; j < shape.width; ++j) sum += std::exp(static_cast<double>(from[begin + j]) - max);
    each(begin, static_cast<double>(max), static_cast<double>(sum));
  }
}

void softmax(const Tensor& x, Tensor& y) {
  visit_float(x.dtype(), "softmax", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(y);
    for_each_row<T>(x, [&](std::int64_t begin, double max, double sum) {
      for (std::int64_t i = begin; i < begin + x.shape().back(); ++i)
        to[i] = static_cast<T>(std::exp(from[i] - max) / sum);
    });
  });
}

void log_softmax(const Tensor& x, Tensor& y) {
  visit_float(x.dtype(), "log_softmax", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(x), to(y);
    for_each_row<T>(x, [&](std::int64_t begin, double max, double sum) {
      for (std::int64_t i = begin; i < begin + x.shape().back(); ++i)
        to[i] = static_cast<T>(from[i] - max - std::log(sum));
    });
  });
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(y.dtype(), "softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Rows shape(y.shape());
    const Elements<T> ys(y), from(grad_y), to(grad_x);
    for (std::int64_t begin = 0; begin < ys.size(); begin += shape.width) {
      long double dot = 0;
      for (std::int64_t i = begin; i < begin + shape.width; ++i) dot += static_cast<double>(from[i]) * ys[i];
      for (std::int64_t i = begin; i < begin + shape.width; ++i) to[i] = static_cast<T>(ys[i] * (from[i] - dot));
    }
  });
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(y.dtype(), "log_softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Rows shape(y.shape());
    const Elements<T> ys(y), from(grad_y), to(grad_x);
    for (std::int64_t begin = 0; begin < ys.size(); begin += shape.width) {
      long double sum = 0;
      for (std::int64_t i = begin; i < begin + shape.width; ++i) sum += from[i];
      for (std::int64_t i = begin; i < begin + shape.width; ++i)
        to[i] = static_cast<T>(from[i] - std::exp(static_cast<double>(ys[i])) * sum);
    }
  });
}

}  // namespace seqrec::kernels::reference
