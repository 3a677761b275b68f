#include <limits>

#include "kernels/cuda/reduction.h"
#include "kernels/cuda/strided_rows.h"
#include "kernels/softmax.h"

namespace seqrec::kernels::cuda {
namespace {

/// A row's largest element, and the sum of exp(x - max).
template <class T>
struct Normaliser {
  T max, sum;
};

template <class Team, class T>
__device__ Normaliser<T> normaliser(const StridedRow<const T>& x, std::int64_t width) {
  T max = -std::numeric_limits<T>::infinity(), sum = 0;
  Team::for_each(width, [&](std::int64_t i) { max = Larger{}(max, x[i]); });
  max = Team::reduce(max, Larger{});
  Team::for_each(width, [&](std::int64_t i) { sum += exp(x[i] - max); });
  return {max, Team::reduce(sum, Plus{})};
}

template <class Team, class T>
__global__ void softmax_kernel(StridedRows<const T> x, T* y, std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    const Normaliser<T> all = normaliser<Team, T>(from, width);
    Team::for_each(width, [&](std::int64_t i) { y[row * width + i] = exp(from[i] - all.max) / all.sum; });
  });
}

template <class Team, class T>
__global__ void log_softmax_kernel(StridedRows<const T> x, T* y, std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    const Normaliser<T> all = normaliser<Team, T>(from, width);
    const T log_sum = log(all.sum);
    Team::for_each(width, [&](std::int64_t i) { y[row * width + i] = from[i] - all.max - log_sum; });
  });
}

template <class Team, class T>
__global__ void softmax_backward_kernel(StridedRows<const T> y, StridedRows<const T> grad_y, T* grad_x,
                                        std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> ys = y[row], grads = grad_y[row];
    T dot = 0;
    Team::for_each(width, [&](std::int64_t i) { dot += grads[i] * ys[i]; });
    dot = Team::reduce(dot, Plus{});
    Team::for_each(width, [&](std::int64_t i) { grad_x[row * width + i] = ys[i] * (grads[i] - dot); });
  });
}

template <class Team, class T>
__global__ void log_softmax_backward_kernel(StridedRows<const T> y, StridedRows<const T> grad_y, T* grad_x,
                                            std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> ys = y[row], grads = grad_y[row];
    T sum = 0;
    Team::for_each(width, [&](std::int64_t i) { sum += grads[i]; });
    sum = Team::reduce(sum, Plus{});
    Team::for_each(width, [&](std::int64_t i) { grad_x[row * width + i] = grads[i] - exp(ys[i]) * sum; });
  });
}

/// Calls f(t, team, launch shape, rows, width) for a result with elements.
template <class F>
void for_rows(const char* op, const Tensor& result, F f) {
  if (result.numel() == 0) return;
  const std::int64_t width = result.shape().back(), rows = result.numel() / width;
  visit_float(result.dtype(), op, [&](auto t) {
    by_rows(context(result), rows, width, [&](auto team, const Launch& shape) { f(t, team, shape, rows, width); });
  });
}

}  // namespace

void softmax(const Tensor& x, Tensor& y) {
  for_rows("softmax", y, [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
    using T = decltype(t);
    launch(shape, softmax_kernel<decltype(team), T>, strided_rows<T>(x), y.data<T>(), rows, width);
  });
}

void log_softmax(const Tensor& x, Tensor& y) {
  for_rows("log_softmax", y, [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
    using T = decltype(t);
    launch(shape, log_softmax_kernel<decltype(team), T>, strided_rows<T>(x), y.data<T>(), rows, width);
  });
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  for_rows("softmax_backward", grad_x,
           [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
             using T = decltype(t);
             launch(shape, softmax_backward_kernel<decltype(team), T>, strided_rows<T>(y), strided_rows<T>(grad_y),
                    grad_x.data<T>(), rows, width);
           });
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  for_rows("log_softmax_backward", grad_x,
           [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
             using T = decltype(t);
             launch(shape, log_softmax_backward_kernel<decltype(team), T>, strided_rows<T>(y), strided_rows<T>(grad_y),
                    grad_x.data<T>(), rows, width);
           });
}

}  // namespace seqrec::kernels::cuda
