#pragma once

#include <numbers>

#include "kernels/cuda/launch.h"
#include "kernels/op_codes.h"

/// For .cu files only: functions of one number.
namespace seqrec::kernels::cuda {

template <class T>
__device__ T sigmoid(T x) {
  const T e = exp(-fabs(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}

/// log(1 + exp(-|x|)).
template <class T>
__device__ T log_one_plus_exp(T x) {
  return log1p(exp(-fabs(x)));
}

/// The binary cross-entropy of a logit with its target in [0, 1], and its derivative.
template <class T>
__device__ T logistic_loss(T x, T target) {
  return ((x < 0 ? T(0) : x) - x * target) + log_one_plus_exp(x);
}
template <class T>
__device__ T logistic_loss_gradient(T x, T target) {
  return sigmoid(x) - target;
}

template <class T>
__device__ T evaluate(Unary op, T x) {
  switch (op) {
    case Unary::Neg: return -x;
    case Unary::Exp: return exp(x);
    case Unary::Log: return log(x);
    case Unary::Sqrt: return sqrt(x);
    case Unary::Square: return x * x;
    case Unary::Abs: return fabs(x);
    case Unary::Relu: return x < 0 ? T(0) : x;
    case Unary::Sigmoid: return sigmoid(x);
    case Unary::Tanh: return tanh(x);
    case Unary::Gelu: return T(0.5) * x * (1 + erf(x * T(std::numbers::sqrt2 / 2)));
    case Unary::Swish: return x * sigmoid(x);
    case Unary::LogSigmoid: return (x < 0 ? x : T(0)) - log_one_plus_exp(x);
  }
  return 0;
}

/// At x, where the function is y.
template <class T>
__device__ T derivative(Unary op, T x, T y) {
  switch (op) {
    case Unary::Neg: return -1;
    case Unary::Exp: return y;
    case Unary::Log: return 1 / x;
    case Unary::Sqrt: return T(0.5) / y;
    case Unary::Square: return 2 * x;
    case Unary::Abs: return x > 0 ? 1 : x < 0 ? -1 : 0;
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

}  // namespace seqrec::kernels::cuda
