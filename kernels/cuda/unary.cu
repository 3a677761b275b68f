#include <numbers>

#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/strided.h"
#include "kernels/elementwise.h"

namespace seqrec::kernels::cuda {
namespace {

template <class T>
__device__ T sigmoid(T x) {
  const T e = exp(-fabs(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}

template <class T>
__device__ T evaluate(Unary op, T x) {
  switch (op) {
    case Unary::Neg: return -x;
    case Unary::Exp: return exp(x);
    case Unary::Log: return log(x);
    case Unary::Sqrt: return sqrt(x);
    case Unary::Square: return x * x;
    case Unary::Relu: return x < 0 ? T(0) : x;
    case Unary::Sigmoid: return sigmoid(x);
    case Unary::Tanh: return tanh(x);
    case Unary::Gelu: return T(0.5) * x * (1 + erf(x * T(std::numbers::sqrt2 / 2)));
    case Unary::Swish: return x * sigmoid(x);
    case Unary::LogSigmoid: return (x < 0 ? x : T(0)) - log1p(exp(-fabs(x)));
  }
  return 0;
}

template <class T>
__device__ T derivative(Unary op, T x, T y) {
  switch (op) {
    case Unary::Neg: return -1;
    case Unary::Exp: return y;
    case Unary::Log: return 1 / x;
    case Unary::Sqrt: return T(0.5) / y;
    case Unary::Square: return 2 * x;
    case Unary::Relu: return y > 0 ? 1 : 0;
    case Unary::Sigmoid: return y * (1 - y);
    case Unary::Tanh: return 1 - y * y;
    case Unary::Gelu:
      return T(0.5) * (1 + erf(x * T(std::numbers::sqrt2 / 2))) +
             x * exp(T(-0.5) * x * x) * T(std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2);
    case Unary::Swish: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case Unary::LogSigmoid: return sigmoid(-x);
  }
  return 0;
}

template <class T, int N>
__global__ void unary_kernel(Unary op, const T* x, T* out, std::int64_t n) {
  for_each_pack<T, N>(n, [&](auto pack, std::int64_t i) {
    load(pack, x + i);
    for (T& value : pack.lane) value = evaluate(op, value);
    store(pack, out + i);
  });
}

template <class T>
__global__ void unary_strided_kernel(Unary op, const T* x, T* out, Strided<2> layout) {
  for_each_index(layout.size, [&](std::int64_t i) { out[layout.offset(1, i)] = evaluate(op, x[layout.offset(0, i)]); });
}

template <class T, int N>
__global__ void unary_backward_kernel(Unary op, const T* x, const T* y, const T* grad_y, T* grad_x, std::int64_t n) {
  for_each_pack<T, N>(n, [&](auto xs, std::int64_t i) {
    auto ys = xs, grads = xs;
    load(xs, x + i);
    load(ys, y + i);
    load(grads, grad_y + i);
    for (int k = 0; k < static_cast<int>(std::size(xs.lane)); ++k)
      grads.lane[k] *= derivative(op, xs.lane[k], ys.lane[k]);
    store(grads, grad_x + i);
  });
}

template <class T>
__global__ void unary_backward_strided_kernel(Unary op, const T* x, const T* y, const T* grad_y, T* grad_x,
                                              Strided<4> layout) {
  for_each_index(layout.size, [&](std::int64_t i) {
    grad_x[layout.offset(3, i)] =
        grad_y[layout.offset(2, i)] * derivative(op, x[layout.offset(0, i)], y[layout.offset(1, i)]);
  });
}

}  // namespace

void unary(Unary op, const Tensor& x, Tensor& out) {
  Context& gpu = context(out);
  const auto layout = strided(x, out);
  const std::int64_t n = layout.size;
  visit_float(x.dtype(), "unary", [&](auto t) {
    using T = decltype(t);
    if (!layout.is_flat()) {
      launch(gpu.over(n), unary_strided_kernel<T>, op, x.data<T>(), out.data<T>(), layout);
    } else if (is_packable(x, out)) {
      launch(gpu.over(packs<T>(n)), unary_kernel<T, kLanes<T>>, op, x.data<T>(), out.data<T>(), n);
    } else {
      launch(gpu.over(n), unary_kernel<T, 1>, op, x.data<T>(), out.data<T>(), n);
    }
  });
}

void unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  Context& gpu = context(grad_x);
  const auto layout = strided(x, y, grad_y, grad_x);
  const std::int64_t n = layout.size;
  visit_float(x.dtype(), "unary_backward", [&](auto t) {
    using T = decltype(t);
    const auto run = [&](const Launch& shape, auto kernel, auto last) {
      launch(shape, kernel, op, x.data<T>(), y.data<T>(), grad_y.data<T>(), grad_x.data<T>(), last);
    };
    if (!layout.is_flat()) {
      run(gpu.over(n), unary_backward_strided_kernel<T>, layout);
    } else if (is_packable(x, y, grad_y, grad_x)) {
      run(gpu.over(packs<T>(n)), unary_backward_kernel<T, kLanes<T>>, n);
    } else {
      run(gpu.over(n), unary_backward_kernel<T, 1>, n);
    }
  });
}

}  // namespace seqrec::kernels::cuda
