#include "kernels/cpu/simd/elementwise.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// grad_x[i] = grad_y[i] f(v[i]): v is what the derivative is a function of, x or y.
template <class T, class F>
SEQREC_INLINE void chain(std::int64_t n, const T* v, const T* grad_y, T* grad_x, F f) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    store_some(grad_x + i, load_some(grad_y + i, count) * f(load_some(v + i, count)), count);
  });
}

/// One row; a step of 0 repeats an element.
template <class T, class F>
SEQREC_INLINE void binary_row(std::int64_t n, const T* a, std::int64_t a_step, const T* b, std::int64_t b_step, T* out,
                              F f) {
  if (a_step == 1 && b_step == 1) {
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
      store_some(out + i, f(load_some(a + i, count), load_some(b + i, count)), count);
    });
  } else if (a_step == 1 && b_step == 0) {
    const Vector<T> right = spread<T>(*b);
    map(a, n, out, [&](Vector<T> left) SEQREC_INLINED { return f(left, right); });
  } else if (a_step == 0 && b_step == 1) {
    const Vector<T> left = spread<T>(*a);
    map(b, n, out, [&](Vector<T> right) SEQREC_INLINED { return f(left, right); });
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i * a_step], b[i * b_step]);
  }
}

template <class T, class F>
SEQREC_INLINE void binary_rows(std::int64_t rows, std::int64_t width, Operand<T> a, Operand<T> b, T* out, F f) {
  for (std::int64_t i = 0; i < rows; ++i)
    binary_row(width, a.data + i * a.row, a.step, b.data + i * b.row, b.step, out + i * width, f);
}

/// The vector of a row's operand at place i; a step of 0 repeats an element.
template <class T>
SEQREC_INLINE Vector<T> load_operand(const T* x, std::int64_t step, std::int64_t i, std::int64_t count) {
  return step == 0 ? spread<T>(*x) : load_some(x + i, count);
}

/// The same with half the code, for functions that are rarer: what a step is, every vector asks anew.
template <class T, class F>
SEQREC_INLINE void rare_binary_rows(std::int64_t rows, std::int64_t width, Operand<T> a, Operand<T> b, T* out, F f) {
  for (std::int64_t row = 0; row < rows; ++row, out += width) {
    const T *x = a.data + row * a.row, *y = b.data + row * b.row;
    if (a.step <= 1 && b.step <= 1) {
      for_vectors<T>(width, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
        store_some(out + i, f(load_operand(x, a.step, i, count), load_operand(y, b.step, i, count)), count);
      });
    } else {
      for (std::int64_t i = 0; i < width; ++i) out[i] = f(x[i * a.step], y[i * b.step]);
    }
  }
}

// a to the b: the C library's, whose results are exact to the last place.
SEQREC_INLINE float raised(float a, float b) { return __builtin_powf(a, b); }
SEQREC_INLINE double raised(double a, double b) { return __builtin_pow(a, b); }
template <class T>
SEQREC_INLINE void raise_rows(std::int64_t rows, std::int64_t width, Operand<T> a, Operand<T> b, T* out) {
  for (std::int64_t row = 0; row < rows; ++row, out += width)
    for (std::int64_t i = 0; i < width; ++i)
      out[i] = raised(a.data[row * a.row + i * a.step], b.data[row * b.row + i * b.step]);
}

}  // namespace

#define SEQREC_VECTOR_FUNCTION(expression) [](auto v) SEQREC_INLINED { return expression; }

template <class T>
void unary_loop(Unary op, std::int64_t n, const T* x, T* out) {
  switch (op) {
    case Unary::Neg: return map(x, n, out, SEQREC_VECTOR_FUNCTION(-v));
    case Unary::Exp: return map(x, n, out, SEQREC_VECTOR_FUNCTION(exp<T>(v)));
    case Unary::Log: return map(x, n, out, SEQREC_VECTOR_FUNCTION(log<T>(v)));
    case Unary::Sqrt: return map(x, n, out, SEQREC_VECTOR_FUNCTION(square_root<T>(v)));
    case Unary::Square: return map(x, n, out, SEQREC_VECTOR_FUNCTION(v * v));
    case Unary::Abs: return map(x, n, out, SEQREC_VECTOR_FUNCTION(absolute<T>(v)));
    case Unary::Relu: return map(x, n, out, SEQREC_VECTOR_FUNCTION(larger<T>(v, Vector<T>{})));
    case Unary::Sigmoid: return map(x, n, out, SEQREC_VECTOR_FUNCTION(sigmoid<T>(v)));
    case Unary::Tanh: return map(x, n, out, SEQREC_VECTOR_FUNCTION(tanh<T>(v)));
    case Unary::Gelu: return map(x, n, out, SEQREC_VECTOR_FUNCTION(gelu<T>(v)));
    case Unary::Swish: return map(x, n, out, SEQREC_VECTOR_FUNCTION(v * sigmoid<T>(v)));
    case Unary::LogSigmoid: return map(x, n, out, SEQREC_VECTOR_FUNCTION(log_sigmoid<T>(v)));
  }
}

template <class T>
void unary_backward_loop(Unary op, std::int64_t n, const T* x, const T* y, const T* grad_y, T* grad_x) {
  switch (op) {
    case Unary::Neg: return map(grad_y, n, grad_x, SEQREC_VECTOR_FUNCTION(-v));
    case Unary::Exp: return chain(n, y, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(v));
    case Unary::Log: return chain(n, x, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(T(1) / v));
    case Unary::Sqrt: return chain(n, y, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(T(0.5) / v));
    case Unary::Square: return chain(n, x, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(v + v));
    case Unary::Abs:
      return chain(n, x, grad_y, grad_x,
                   SEQREC_VECTOR_FUNCTION(v > T(0)   ? spread<T>(T(1))
                                          : v < T(0) ? spread<T>(T(-1))
                                                     : Vector<T>{}));
    case Unary::Relu:
      return chain(n, y, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(v > T(0) ? spread<T>(T(1)) : Vector<T>{}));
    case Unary::Sigmoid: return chain(n, y, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(v * (T(1) - v)));
    case Unary::Tanh: return chain(n, y, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(T(1) - v * v));
    case Unary::Gelu:
      return chain(n, x, grad_y, grad_x,
                   SEQREC_VECTOR_FUNCTION(normal_cdf<T>(v) +
                                          v * exp_of_negative<T>(T(-0.5) * v * v) * T(0.39894228040143267794)));
    case Unary::Swish:
      return chain(n, x, grad_y, grad_x, [&](Vector<T> v) SEQREC_INLINED {
        const Vector<T> s = sigmoid<T>(v);
        return s * (T(1) + v * (T(1) - s));
      });
    case Unary::LogSigmoid: return chain(n, x, grad_y, grad_x, SEQREC_VECTOR_FUNCTION(sigmoid<T>(-v)));
  }
}

template <class T>
void affine_loop(T scale, T shift, std::int64_t n, const T* x, T* out) {
  map(x, n, out, [&](Vector<T> v) SEQREC_INLINED { return scale * v + shift; });
}

template <class T>
void add_scaled_loop(T scale, std::int64_t n, const T* x, T* out) {
  const Vector<T> factor = spread<T>(scale);
  std::int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) store(out + i, load(out + i) + factor * load(x + i));
  for (; i < n; ++i) out[i] += scale * x[i];  // by masks, a row just written would be waited for
}

// Of two vectors or of two elements.
#define SEQREC_OPERATOR(expression) [](auto a, auto b) SEQREC_INLINED { return expression; }
#define SEQREC_COMPARISON(condition) SEQREC_OPERATOR((condition) ? decltype(a){} + T(1) : decltype(a){})

template <class T>
void binary_loop(Binary op, std::int64_t rows, std::int64_t width, Operand<T> a, Operand<T> b, T* out) {
  const auto loop = [&](auto f) SEQREC_INLINED { binary_rows(rows, width, a, b, out, f); };
  const auto rare = [&](auto f) SEQREC_INLINED { rare_binary_rows(rows, width, a, b, out, f); };
  switch (op) {
    case Binary::Add: return loop(SEQREC_OPERATOR(a + b));
    case Binary::Sub: return loop(SEQREC_OPERATOR(a - b));
    case Binary::Mul: return loop(SEQREC_OPERATOR(a * b));
    case Binary::Div: return loop(SEQREC_OPERATOR(a / b));
    case Binary::Pow: return raise_rows(rows, width, a, b, out);
    case Binary::Max: return rare(SEQREC_OPERATOR(((a > b) | (a != a)) ? a : b));
    case Binary::Min: return rare(SEQREC_OPERATOR(((a < b) | (a != a)) ? a : b));
    case Binary::Greater: return binary_loop(Binary::Less, rows, width, b, a, out);
    case Binary::GreaterEqual: return binary_loop(Binary::LessEqual, rows, width, b, a, out);
    case Binary::Less: return rare(SEQREC_COMPARISON(a < b));
    case Binary::LessEqual: return rare(SEQREC_COMPARISON(a <= b));
    case Binary::Equal: return rare(SEQREC_COMPARISON(a == b));
    case Binary::NotEqual: return rare(SEQREC_COMPARISON(a != b));
  }
}

template <class T>
void where_loop(std::int64_t rows, std::int64_t width, Operand<T> condition, Operand<T> a, Operand<T> b, T* out) {
  const bool vectors = condition.step <= 1 && a.step <= 1 && b.step <= 1;
  for (std::int64_t row = 0; row < rows; ++row, out += width) {
    const T *c = condition.data + row * condition.row, *x = a.data + row * a.row, *y = b.data + row * b.row;
    if (vectors) {
      for_vectors<T>(width, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
        const Vector<T> chosen = load_operand(c, condition.step, i, count);
        const Vector<T> left = load_operand(x, a.step, i, count), right = load_operand(y, b.step, i, count);
        store_some(out + i, chosen != T(0) ? left : right, count);
      });
    } else {
      for (std::int64_t i = 0; i < width; ++i) out[i] = c[i * condition.step] != 0 ? x[i * a.step] : y[i * b.step];
    }
  }
}

SEQREC_SIMD_INSTANTIATE(unary_loop)
SEQREC_SIMD_INSTANTIATE(unary_backward_loop)
SEQREC_SIMD_INSTANTIATE(affine_loop)
SEQREC_SIMD_INSTANTIATE(add_scaled_loop)
SEQREC_SIMD_INSTANTIATE(binary_loop)
SEQREC_SIMD_INSTANTIATE(where_loop)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
