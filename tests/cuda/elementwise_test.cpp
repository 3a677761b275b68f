#include "kernels/elementwise.h"

#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

// Of f64's and f32's last places; the mathematics of the device differ from the host's by some.
constexpr double kUlps = 64;

template <class F>
void for_each_unary(F f) {
  for (int op = 0; op < kUnaryCount; ++op) {
    CAPTURE(std::string(name_of(static_cast<Unary>(op))));
    f(static_cast<Unary>(op));
  }
}

/// Where every function is defined.
Tensor positive(const Shape& shape, DType dtype, std::uint64_t part) {
  Tensor x = random_tensor(shape, dtype, part);
  unary(Unary::Square, x, x);
  affine(1, 0.25, x, x);
  return x;
}

}  // namespace

TEST_CASE("cuda: unary equals the CPU's, for any alignment and any strides, in place too") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_unary([&](Unary op) {
      for_each_size([&](std::int64_t size) {
        const Tensor x = positive({size}, dtype, 1);
        Tensor expected = empty_like(x), out({size}, dtype, gpu());
        unary(op, x, expected);
        unary(op, to_device(x, gpu()), out);
        check_gpu(out, expected, kUlps);
        fill(0, out);
        unary(op, strided_on_gpu(x), out);
        check_gpu(out, expected, kUlps);
        if (size == 0) return;
        // One element off the beginning: no vector loads.
        Tensor shifted = to_device(x, gpu()).slice(0, 1, size);
        unary(op, shifted, shifted);
        check_gpu(shifted, expected.slice(0, 1, size), kUlps);
      });
    });
}

TEST_CASE("cuda: unary of negative numbers, large ones, and NaN") {
  if (!has_gpu()) return;
  const std::vector<float> values{-80, -20, -1.5f, -0.0f, 0, 1e-8f, 30, 80, INFINITY, -INFINITY, NAN};
  const Tensor x = Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  for (const Unary op : {Unary::Neg, Unary::Relu, Unary::Sigmoid, Unary::Tanh, Unary::LogSigmoid})
    for (int i = 0; i < x.size(0); ++i) {
      CAPTURE(std::string(name_of(op)));
      CAPTURE(values[static_cast<std::size_t>(i)]);
      Tensor one = x.slice(0, i, i + 1), expected({1}), out({1}, DType::F32, gpu());
      unary(op, one, expected);
      unary(op, to_device(one, gpu()), out);
      check_gpu(out, expected, kUlps);
    }
}

TEST_CASE("cuda: unary_backward equals the CPU's") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_unary([&](Unary op) {
      for_each_size([&](std::int64_t size) {
        const Tensor x = positive({size}, dtype, 1), grad_y = random_tensor({size}, dtype, 2);
        Tensor y = empty_like(x), expected = empty_like(x);
        unary(op, x, y);
        unary_backward(op, x, y, grad_y, expected);
        Tensor grad = to_device(grad_y, gpu());
        unary_backward(op, to_device(x, gpu()), to_device(y, gpu()), grad, grad);
        check_gpu(grad, expected, kUlps);
        Tensor out({size}, dtype, gpu());
        unary_backward(op, strided_on_gpu(x), to_device(y, gpu()), strided_on_gpu(grad_y), out);
        check_gpu(out, expected, kUlps);
      });
    });
}
