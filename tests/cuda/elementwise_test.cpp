#include "kernels/elementwise.h"

#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

// Of f64's and f32's last places; the mathematics of the device differ from the host's by some.
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

namespace {

/// `a` (op) `b`, shifted away from 0 so that they may be divided by, equal the CPU's, contiguous and strided.
void check_binary(const Shape& a_shape, const Shape& b_shape) {
  CAPTURE(a_shape);
  CAPTURE(b_shape);
  for (const DType dtype : kFloats) {
    const Tensor a = positive(a_shape, dtype, 1), b = positive(b_shape, dtype, 2);
    const Tensor a_there = to_device(a, gpu()), b_there = to_device(b, gpu());
    for (int i = 0; i < kBinaryCount; ++i) {
      const auto op = static_cast<Binary>(i);
      CAPTURE(std::string(name_of(op)));
      Tensor expected(broadcast(a_shape, b_shape, "test"), dtype), out(expected.shape(), dtype, gpu());
      binary(op, a, b, expected);
      binary(op, a_there, b_there, out);
      check_gpu(out, expected, kUlps);
      fill(0, out);
      binary(op, strided_on_gpu(a), strided_on_gpu(b), out);
      check_gpu(out, expected, kUlps);
    }
  }
}

}  // namespace

TEST_CASE("cuda: binary equals the CPU's, flat, by rows, by columns and with scalars" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_size([](std::int64_t size) {
    check_binary({size}, {size});
    check_binary({size}, {});
    check_binary({3, size}, {size});
    check_binary({size, 3}, {3});
    check_binary({size, 8}, {8});
    check_binary({size, 1}, {size, 8});
  });
}

TEST_CASE("cuda: binary broadcasts as numpy does") {
  if (!has_gpu()) return;
  check_binary({}, {});
  check_binary({2, 3, 1, 8}, {5, 1});
  check_binary({4, 1, 8}, {3, 8});
  check_binary({2, 1, 3, 1, 5}, {4, 1, 2, 1});
  check_binary({0, 4}, {4});
  check_binary({5, 1}, {1, 0});
}

TEST_CASE("cuda: binary in place, of views of rows and of transposed tensors") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats) {
    const Tensor wide = positive({6, 24}, dtype, 1), row = positive({16}, dtype, 2);
    for (const std::int64_t first : {0, 1, 4}) {  // on and off the addresses of packs
      const Tensor a = wide.slice(1, first, first + 16), a_there = to_device(wide, gpu()).slice(1, first, first + 16);
      Tensor expected({6, 16}, dtype), out({6, 16}, dtype, gpu());
      binary(Binary::Sub, a, row, expected);
      binary(Binary::Sub, a_there, to_device(row, gpu()), out);
      check_gpu(out, expected, kUlps);
      binary(Binary::Div, out, a_there, out);
      binary(Binary::Div, expected, a, expected);
      check_gpu(out, expected, kUlps);
    }
    Tensor expected({24, 6}, dtype), out({24, 6}, dtype, gpu());
    binary(Binary::Mul, wide.transpose(0, 1), positive({6}, dtype, 3), expected);
    binary(Binary::Mul, to_device(wide, gpu()).transpose(0, 1), to_device(positive({6}, dtype, 3), gpu()), out);
    check_gpu(out, expected, kUlps);
  }
}

TEST_CASE("cuda: affine and add_scaled equal the CPU's") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      const Tensor x = random_tensor({size}, dtype, 1), start = random_tensor({size}, dtype, 2);
      Tensor expected = empty_like(x), out({size}, dtype, gpu());
      affine(-1.7, 0.3, x, expected);
      for (const Tensor& there : {to_device(x, gpu()), strided_on_gpu(x)}) {
        affine(-1.7, 0.3, there, out);
        check_gpu(out, expected, kUlps);
        copy(to_device(x, gpu()), out);
        affine(-1.7, 0.3, out, out);
        check_gpu(out, expected, kUlps);
      }
      Tensor sum = clone(start);
      add_scaled(0.6, x, sum);
      for (const Tensor& there : {to_device(x, gpu()), strided_on_gpu(x)}) {
        copy(to_device(start, gpu()), out);
        add_scaled(0.6, there, out);
        check_gpu(out, sum, kUlps);
      }
      Tensor row = to_device(start, gpu());
      const Tensor one = to_device(Tensor::scalar(2.5), gpu());
      add_scaled(3, convert(one, dtype).expand({size}), row);
      affine(1, 7.5, start, sum);
      check_gpu(row, sum, kUlps);
    });
}
