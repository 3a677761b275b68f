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

template <class T, class Team, class Row>
__device__ Normaliser<T> normaliser(const Row& x) {
  T max = -std::numeric_limits<T>::infinity(), sum = 0;
  x.for_each([&](std::int64_t, T value) { max = Larger{}(max, value); });
  max = Team::reduce(max, Larger{});
  x.for_each([&](std::int64_t, T value) { sum += exp(value - max); });
  return {max, Team::reduce(sum, Plus{})};
}

template <class Team, class T>
__global__ void softmax_kernel(StridedRows<const T> x, T* y, std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    const auto values = row_of<Team>(width, [=](std::int64_t i) { return from[i]; });
    const Normaliser<T> all = normaliser<T, Team>(values);
    values.for_each([&](std::int64_t i, T value) { y[row * width + i] = exp(value - all.max) / all.sum; });
  });
}

template <class Team, class T>
__global__ void log_softmax_kernel(StridedRows<const T> x, T* y, std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    const auto values = row_of<Team>(width, [=](std::int64_t i) { return from[i]; });
    const Normaliser<T> all = normaliser<T, Team>(values);
    const T log_sum = log(all.sum);
    values.for_each([&](std::int64_t i, T value) { y[row * width + i] = value - all.max - log_sum; });
  });
}

/// A row's elements of y and of the gradient.
template <class T>
struct Both {
  T y, grad;
};

template <class Team, class T>
__global__ void softmax_backward_kernel(StridedRows<const T> y, StridedRows<const T> grad_y, T* grad_x,
                                        std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> ys = y[row], grads = grad_y[row];
    const auto values = row_of<Team>(width, [=](std::int64_t i) { return Both<T>{ys[i], grads[i]}; });
    T dot = 0;
    values.for_each([&](std::int64_t, const Both<T>& at) { dot += at.grad * at.y; });
    dot = Team::reduce(dot, Plus{});
    values.for_each([&](std::int64_t i, const Both<T>& at) { grad_x[row * width + i] = at.y * (at.grad - dot); });
  });
}

template <class Team, class T>
__global__ void log_softmax_backward_kernel(StridedRows<const T> y, StridedRows<const T> grad_y, T* grad_x,
                                            std::int64_t rows, std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> ys = y[row], grads = grad_y[row];
    const auto values = row_of<Team>(width, [=](std::int64_t i) { return Both<T>{ys[i], grads[i]}; });
    T sum = 0;
    values.for_each([&](std::int64_t, const Both<T>& at) { sum += at.grad; });
    sum = Team::reduce(sum, Plus{});
    values.for_each([&](std::int64_t i, const Both<T>& at) { grad_x[row * width + i] = at.grad - exp(at.y) * sum; });
  });
}

template <class T>
using One = T;

/// Calls f(t, team, launch shape, rows, width) for a result with elements. Held<T>: what the kernel keeps of each.
template <template <class> class Held, class F>
void for_rows(const char* op, const Tensor& result, F f) {
  if (result.numel() == 0) return;
  const std::int64_t width = result.shape().back(), rows = result.numel() / width;
  visit_float(result.dtype(), op, [&](auto t) {
    by_rows<Held<decltype(t)>>(context(result), rows, width,
                               [&](auto team, const Launch& shape) { f(t, team, shape, rows, width); });
  });
}

}  // namespace

void softmax(const Tensor& x, Tensor& y) {
  for_rows<One>("softmax", y, [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
    using T = decltype(t);
    launch(shape, softmax_kernel<decltype(team), T>, strided_rows<T>(x), y.data<T>(), rows, width);
  });
}

void log_softmax(const Tensor& x, Tensor& y) {
  for_rows<One>("log_softmax", y, [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
    using T = decltype(t);
    launch(shape, log_softmax_kernel<decltype(team), T>, strided_rows<T>(x), y.data<T>(), rows, width);
  });
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  for_rows<Both>("softmax_backward", grad_x,
                 [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
                   using T = decltype(t);
                   launch(shape, softmax_backward_kernel<decltype(team), T>, strided_rows<T>(y),
                          strided_rows<T>(grad_y), grad_x.data<T>(), rows, width);
                 });
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  for_rows<Both>("log_softmax_backward", grad_x,
                 [&](auto t, auto team, const Launch& shape, std::int64_t rows, std::int64_t width) {
                   using T = decltype(t);
                   launch(shape, log_softmax_backward_kernel<decltype(team), T>, strided_rows<T>(y),
                          strided_rows<T>(grad_y), grad_x.data<T>(), rows, width);
                 });
}

}  // namespace seqrec::kernels::cuda
