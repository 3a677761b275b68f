#include "kernels/elementwise.h"

#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/strided_loop.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

void unary(Unary op, const Tensor& x, Tensor& out) {
  visit_real(x.dtype(), "unary", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    T* to = out.data<T>();
    for_ranges(x.numel(), kElementGrain,
               [&](std::int64_t begin, std::int64_t end) { unary_loop<T>(op, end - begin, from + begin, to + begin); });
  });
}

void unary_backward(Unary op, const Tensor& x, const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  visit_real(x.dtype(), "unary_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor xs = contiguous(x), ys = contiguous(y), grads = contiguous(grad_y);
    const T *from = xs.data<T>(), *result = ys.data<T>(), *grad = grads.data<T>();
    T* to = grad_x.data<T>();
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      unary_backward_loop<T>(op, end - begin, from + begin, result + begin, grad + begin, to + begin);
    });
  });
}

namespace {

/// binary_loop in libseqrec, which computes with few parameters so, and only while it opens a model.
template <class T>
void plain_binary_loop(Binary op, std::int64_t rows, std::int64_t width, const Operand<T>& a, const Operand<T>& b,
                       T* out) {
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t i = 0; i < width; ++i) {
      const T x = a.data[row * a.row + i * a.step], y = b.data[row * b.row + i * b.step];
      switch (op) {
        case Binary::Add: *out++ = x + y; break;
        case Binary::Sub: *out++ = x - y; break;
        case Binary::Mul: *out++ = x * y; break;
        case Binary::Div: *out++ = x / y; break;
        default: throw UsageError("libseqrec has no such operation of two tensors");
      }
    }
}

}  // namespace

void binary(Binary op, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_real(a.dtype(), "binary", [&](auto t) {
    using T = decltype(t);
    const Tensor left = a.expand(out.shape()), right = b.expand(out.shape());
    const T *x = left.data<T>(), *y = right.data<T>();
    T* to = out.data<T>();
    StridedLoop<3> loop;
    for (int axis = 0; axis < out.rank(); ++axis)
      loop.add(out.size(axis), {left.strides()[axis], right.strides()[axis], out.strides()[axis]});
    loop.run([&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
      const Operand<T> of_a{x + offsets[0], row[0], step[0]}, of_b{y + offsets[1], row[1], step[1]};
      if constexpr (kTraining)
        binary_loop<T>(op, rows, width, of_a, of_b, to + offsets[2]);
      else
        plain_binary_loop<T>(op, rows, width, of_a, of_b, to + offsets[2]);
    });
  });
}

void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& out) {
  visit_real(out.dtype(), "where", [&](auto t) {
    using T = decltype(t);
    const Tensor chosen = condition.expand(out.shape()), left = a.expand(out.shape()), right = b.expand(out.shape());
    const T *c = chosen.data<T>(), *x = left.data<T>(), *y = right.data<T>();
    T* to = out.data<T>();
    StridedLoop<4> loop;
    for (int axis = 0; axis < out.rank(); ++axis)
      loop.add(out.size(axis),
               {chosen.strides()[axis], left.strides()[axis], right.strides()[axis], out.strides()[axis]});
    loop.run([&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
      where_loop<T>(rows, width, {c + offsets[0], row[0], step[0]}, {x + offsets[1], row[1], step[1]},
                    {y + offsets[2], row[2], step[2]}, to + offsets[3]);
    });
  });
}

void affine(double scale, double shift, const Tensor& x, Tensor& out) {
  visit_real(x.dtype(), "affine", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    T* to = out.data<T>();
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      affine_loop<T>(static_cast<T>(scale), static_cast<T>(shift), end - begin, from + begin, to + begin);
    });
  });
}

void add_scaled(double scale, const Tensor& x, Tensor& out) {
  visit_real(x.dtype(), "add_scaled", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    T* to = out.data<T>();
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      add_scaled_loop<T>(static_cast<T>(scale), end - begin, from + begin, to + begin);
    });
  });
}

}  // namespace seqrec::kernels::cpu
