#include "kernels/cuda/functions.h"
#include "kernels/cuda/map.h"
#include "kernels/elementwise.h"

namespace seqrec::kernels::cuda {
namespace {

template <class T>
struct UnaryFunction {
  Unary op;
  __device__ T operator()(T x) const { return evaluate(op, x); }
};

template <class T>
struct UnaryGradient {
  Unary op;
  __device__ T operator()(T x, T y, T grad_y) const { return grad_y * derivative(op, x, y); }
};

template <class T>
struct BinaryFunction {
  Binary op;
  __device__ T operator()(T a, T b) const {
    switch (op) {
      case Binary::Add: return a + b;
      case Binary::Sub: return a - b;
      case Binary::Mul: return a * b;
      case Binary::Div: return a / b;
      case Binary::Pow: return pow(a, b);
      case Binary::Max: return a > b || a != a ? a : b;
      case Binary::Min: return a < b || a != a ? a : b;
      case Binary::Greater: return a > b;
      case Binary::GreaterEqual: return a >= b;
      case Binary::Less: return a < b;
      case Binary::LessEqual: return a <= b;
      case Binary::Equal: return a == b;
      case Binary::NotEqual: return a != b;
    }
    return 0;
  }
};

template <class T>
struct Choose {
  __device__ T operator()(T condition, T a, T b) const { return condition != 0 ? a : b; }
};

template <class T>
struct Affine {
  T scale, shift;
  __device__ T operator()(T x) const { return scale * x + shift; }
};

template <class T>
struct AddScaled {
  T scale;
  __device__ T operator()(T sum, T x) const { return sum + scale * x; }
};

}  // namespace

void unary(Unary op, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "unary", [&](auto t) { map<decltype(t)>(UnaryFunction<decltype(t)>{op}, out, x); });
}

void unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_float(x.dtype(), "unary_backward",
              [&](auto t) { map<decltype(t)>(UnaryGradient<decltype(t)>{op}, grad_x, x, y, grad_y); });
}

void binary(Binary op, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_float(a.dtype(), "binary", [&](auto t) {
    map<decltype(t)>(BinaryFunction<decltype(t)>{op}, out, a.expand(out.shape()), b.expand(out.shape()));
  });
}

void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_float(out.dtype(), "where", [&](auto t) {
    using T = decltype(t);
    map<T>(Choose<T>{}, out, condition.expand(out.shape()), a.expand(out.shape()), b.expand(out.shape()));
  });
}

void affine(double scale, double shift, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "affine", [&](auto t) {
    using T = decltype(t);
    map<T>(Affine<T>{static_cast<T>(scale), static_cast<T>(shift)}, out, x);
  });
}

void add_scaled(double scale, const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "add_scaled", [&](auto t) {
    using T = decltype(t);
    map<T>(AddScaled<T>{static_cast<T>(scale)}, out, out, x);
  });
}

}  // namespace seqrec::kernels::cuda
