#include "kernels/elementwise.h"

#include <array>
#include <utility>

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

const Shape kShapes[] = {{}, {0}, {1}, {7}, {1025}, {13, 17}, {3, 0, 2}, {16411}};

// What the function is defined on.
Tensor domain(Unary op, Shape shape, DType dtype) {
  Tensor x = random_tensor(shape, dtype, 1, 3);
  if (op == Unary::Log || op == Unary::Sqrt) {
    kernels::unary(Unary::Square, x, x);
    kernels::affine(1, 0.01, x, x);
  }
  return x;
}

}  // namespace

TEST_CASE("unary functions and their derivatives agree with the reference") {
  for (int i = 0; i < kUnaryCount; ++i)
    for (const DType dtype : kFloats)
      for (const Shape& shape : kShapes) {
        const auto op = static_cast<Unary>(i);
        INFO(name_of(op), " ", shape);
        const Tensor x = domain(op, shape, dtype), grad = random_tensor(shape, dtype, 2);
        Tensor y = empty_like(x);
        kernels::unary(op, x, y);
        check_parity({x}, 4, [&](auto& results) { kernels::unary(op, results[0], results[0]); });
        check_parity({empty_like(x)}, 4, [&](auto& results) { kernels::unary(op, with_gaps(x), results[0]); });
        check_parity({grad}, 8, [&](auto& r) { kernels::unary_backward(op, x, y, r[0], r[0]); });
        check_parity({empty_like(x)}, 8,
                     [&](auto& r) { kernels::unary_backward(op, with_gaps(x), with_gaps(y), with_gaps(grad), r[0]); });
      }
}

TEST_CASE("where a derivative follows from the value, x is not looked at") {
  for (int i = 0; i < kUnaryCount; ++i) {
    const auto op = static_cast<Unary>(i);
    INFO(name_of(op));
    if (!derivative_follows_from_value(op)) continue;
    const Tensor x = domain(op, {67}, DType::F32), grad = random_tensor({67}, DType::F32, 2);
    const Tensor nothing = Tensor::scalar(NAN).expand({67});
    Tensor y = empty_like(x), expected = empty_like(x), got = empty_like(x);
    kernels::unary(op, x, y);
    kernels::unary_backward(op, x, y, grad, expected);
    kernels::unary_backward(op, nothing, y, grad, got);
    check_same(got, expected);
  }
}

TEST_CASE("unary functions at the ends of the numbers") {
  const std::vector<double> ends = {-INFINITY, -1e30, -200, -85, -1e-30, -0.0, 0, 1e-30, 85, 200, 1e30, INFINITY, NAN};
  const Tensor x = Tensor::from(ends, {13});
  for (int i = 0; i < kUnaryCount; ++i)
    for (const DType dtype : kFloats) {
      const auto op = static_cast<Unary>(i);
      INFO(name_of(op));
      for (std::int64_t e = 0; e < x.numel(); ++e)
        check_parity({convert(x, dtype).slice(0, e, e + 1)}, 4,
                     [&](auto& results) { kernels::unary(op, results[0], results[0]); });
    }
}

TEST_CASE("exp, tanh, sigmoid and the others keep their relative precision near 0 and far out") {
  for (const Unary op : {Unary::Exp, Unary::Log, Unary::Sigmoid, Unary::Tanh, Unary::Gelu, Unary::LogSigmoid})
    for (const DType dtype : kFloats)
      for (double size = 1e-6; size < 30; size *= 3.7)
        for (const double sign : {-1., 1.}) {
          if (op == Unary::Log && sign < 0) continue;
          if (op == Unary::Gelu && sign * size < -1) continue;  // 1 + erf cancels, by definition
          INFO(name_of(op), " ", sign * size);
          check_parity({Tensor::scalar(sign * size, dtype)}, 6,
                       [&](auto& results) { kernels::unary(op, results[0], results[0]); });
        }
}

TEST_CASE("binary functions broadcast like numpy") {
  const std::pair<Shape, Shape> pairs[] = {{{}, {}},
                                           {{5}, {}},
                                           {{0}, {1}},
                                           {{7, 13}, {13}},
                                           {{7, 13}, {7, 1}},
                                           {{1, 13}, {7, 1}},
                                           {{3, 1, 5}, {4, 1}},
                                           {{3, 4, 5}, {3, 4, 5}},
                                           {{211, 97}, {97}},
                                           {{16411}, {16411}},
                                           {{2, 3, 1, 5, 1}, {1, 4, 1, 6}},
                                           {{5, 0, 3}, {1, 3}},
                                           {{4099, 3}, {3}},
                                           {{4099, 3}, {4099, 1}}};
  for (int i = 0; i < kBinaryCount; ++i)
    for (const DType dtype : kFloats)
      for (const auto& [left, right] : pairs) {
        const auto op = static_cast<Binary>(i);
        INFO(name_of(op), " ", left, " ", right);
        const Tensor a = random_tensor(left, dtype, 1), b = random_tensor(right, dtype, 2);
        const Tensor out(broadcast(left, right, "test"), dtype);
        check_parity({out}, 1, [&](auto& results) { kernels::binary(op, a, b, results[0]); });
        check_parity({out}, 1, [&](auto& results) { kernels::binary(op, with_gaps(b), with_gaps(a), results[0]); });
        if (left == out.shape()) check_parity({a}, 1, [&](auto& r) { kernels::binary(op, r[0], b, r[0]); });
      }
}

TEST_CASE("comparisons, maximum and minimum of equal numbers and of NaN") {
  const std::vector<double> values = {-INFINITY, -1, -0.0, 0, 1, INFINITY, NAN, 2, 3};
  for (int i = 0; i < kBinaryCount; ++i)
    for (const DType dtype : kFloats) {
      INFO(name_of(static_cast<Binary>(i)));
      const Tensor row = convert(Tensor::from(values, {1, 9}), dtype),
                   column = convert(Tensor::from(values, {9, 1}), dtype);
      for (std::int64_t a = 0; a < 9; ++a)
        check_parity({Tensor({1, 9}, dtype)}, 1, [&](auto& results) {
          kernels::binary(static_cast<Binary>(i), column.slice(0, a, a + 1), row, results[0]);
        });
    }
}

TEST_CASE("where broadcasts, and what isn't chosen may be NaN") {
  const std::array<Shape, 3> shapes[] = {
      {{{}, {}, {}}},           {{{0}, {1}, {}}},          {{{7, 13}, {13}, {7, 1}}}, {{{1, 13}, {7, 1}, {7, 13}}},
      {{{16411}, {16411}, {}}}, {{{3, 1, 5}, {4, 1}, {1}}}};
  for (const DType dtype : kFloats)
    for (const auto& [c, a, b] : shapes) {
      INFO(c, " ", a, " ", b);
      Tensor condition = random_tensor(c, dtype, 1);
      kernels::unary(Unary::Relu, condition, condition);
      const Tensor x = random_tensor(a, dtype, 2), y = random_tensor(b, dtype, 3);
      const Tensor out(broadcast(broadcast(c, a, "test"), b, "test"), dtype);
      check_parity({out}, 0, [&](auto& r) { kernels::where(condition, x, y, r[0]); });
      check_parity({out}, 0, [&](auto& r) { kernels::where(with_gaps(condition), with_gaps(x), with_gaps(y), r[0]); });
      if (a == out.shape()) check_parity({x}, 0, [&](auto& r) { kernels::where(condition, r[0], y, r[0]); });
    }
  Tensor out({2});
  kernels::where(Tensor::from<float>({1, 0}, {2}), Tensor::from<float>({1, NAN}, {2}),
                 Tensor::from<float>({NAN, 2}, {2}), out);
  CHECK(out.to_vector<float>() == std::vector<float>{1, 2});
}

TEST_CASE("binary functions of transposed operands") {
  for (const DType dtype : kFloats) {
    const Tensor a = random_tensor({37, 131}, dtype, 1), b = random_tensor({131, 37}, dtype, 2);
    check_parity({empty_like(a)}, 1, [&](auto& r) { kernels::binary(Binary::Sub, a, b.transpose(0, 1), r[0]); });
  }
}

TEST_CASE("affine and add_scaled") {
  for (const DType dtype : kFloats)
    for (const Shape& shape : kShapes) {
      const Tensor x = random_tensor(shape, dtype, 1), y = random_tensor(shape, dtype, 2);
      check_parity({x}, 4, [&](auto& results) { kernels::affine(-1.7, 0.3, results[0], results[0]); });
      check_parity({y}, 4, [&](auto& results) { kernels::add_scaled(0.7, with_gaps(x), results[0]); });
    }
}

TEST_CASE("wrong shapes and dtypes are named") {
  Tensor out({2, 3}), wide({2, 3}, DType::F64);
  CHECK(message_of([&] {
          kernels::unary(Unary::Tanh, Tensor({3, 2}), out);
        }) == "[tanh] out: expected (3, 2), got (2, 3)");
  CHECK(message_of([&] {
          kernels::unary(Unary::Exp, Tensor({2, 3}, DType::I32), out);
        }) == "[exp] x: expected f32 or f64, got i32");
  CHECK(message_of([&] {
          kernels::binary(Binary::Add, Tensor({2, 3}), Tensor({2, 3}, DType::F64), out);
        }) == "[add] b: expected f32, got f64");
  CHECK(message_of([&] { kernels::binary(Binary::Mul, Tensor({2, 3}), Tensor({2}), out); }).starts_with("[mul] "));
  CHECK(message_of([&] { kernels::affine(1, 0, Tensor({2, 3}), wide); }) == "[affine] out: expected f32, got f64");
  CHECK(message_of([&] {
          kernels::where(Tensor({2, 3}), Tensor({3}, DType::F64), Tensor({3}), out);
        }) == "[where] a: expected f32, got f64");
  CHECK(message_of([&] {
          kernels::where(Tensor({2, 1}), Tensor({3}), Tensor({1}), wide);
        }) == "[where] out: expected f32, got f64");
  CHECK(message_of([&] { kernels::add_scaled(1, Tensor(), out); }) ==
        "[add_scaled] x: expected a tensor, got an undefined one");
  Tensor gaps = with_gaps(out);
  CHECK(message_of([&] { kernels::affine(1, 0, out, gaps); }) ==
        "[affine] out: expected a contiguous tensor, got strides (6, 2) for (2, 3)");
  CHECK(message_of([&] { kernels::unary_backward(Unary::Relu, out, out, Tensor({3}), out); }) ==
        "[relu_backward] grad_y: expected (2, 3), got (3)");
}
