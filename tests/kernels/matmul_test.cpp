#include "kernels/matmul.h"

#include <tuple>

#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

// The product and its reference into equal tensors.
void compare_matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write write,
                    const Tensor& start, double ulps) {
  Tensor fast = clone(start), plain = clone(start);
  kernels::matmul(a, transpose_a, b, transpose_b, alpha, write, fast);
  const ReferenceScope scope;
  kernels::matmul(a, transpose_a, b, transpose_b, alpha, write, plain);
  check_close(fast, plain, ulps);
}

}  // namespace

TEST_CASE("matmul agrees with the reference in all transposes and odd sizes") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const auto& [m, n, k] : {std::tuple{1, 1, 1},
                                    {2, 3, 5},
                                    {13, 17, 7},
                                    {37, 67, 131},
                                    {101, 97, 64},
                                    {1, 1009, 61},
                                    {257, 1, 31},
                                    {12, 64, 600},
                                    {7, 5, 2503}})
        for (int transposes = 0; transposes < 4; ++transposes) {
          const bool ta = transposes & 1, tb = transposes & 2;
          INFO(m, " x ", n, " x ", k, " ", ta, tb);
          const Tensor a = random_tensor(ta ? Shape{k, m} : Shape{m, k}, dtype, 1);
          const Tensor b = random_tensor(tb ? Shape{n, k} : Shape{k, n}, dtype, 2);
          const Tensor start = random_tensor({m, n}, dtype, 3);
          compare_matmul(a, ta, b, tb, 1, Write::Overwrite, start, 64);
          compare_matmul(a, ta, b, tb, -0.3, Write::Accumulate, start, 64);
        }
  });
}

TEST_CASE("matmul of size 0 overwrites with zeros or leaves what is there") {
  for_each_variant([] {
    Tensor out = random_tensor({3, 4}, DType::F32, 1);
    const Tensor before = clone(out);
    kernels::matmul(Tensor({3, 0}), false, Tensor({0, 4}), false, 1, Write::Accumulate, out);
    check_same(out, before);
    kernels::matmul(Tensor({3, 0}), false, Tensor({0, 4}), false, 1, Write::Overwrite, out);
    check_same(out, Tensor::zeros({3, 4}));
    Tensor none({0, 4}), batches({2, 3, 4});
    kernels::matmul(Tensor({0, 5}), false, Tensor({5, 4}), false, 1, Write::Overwrite, none);
    kernels::matmul(Tensor({2, 3, 0}), false, Tensor({0, 4}), false, 1, Write::Overwrite, batches);
    check_same(batches, Tensor::zeros({2, 3, 4}));
  });
}

TEST_CASE("matmul in batches: equal, shared, strided") {
  for_each_variant([] {
    for (const DType dtype : kFloats) {
      const Tensor a = random_tensor({2, 3, 11, 13}, dtype, 1), b = random_tensor({2, 3, 13, 19}, dtype, 2);
      const Tensor start = random_tensor({2, 3, 11, 19}, dtype, 3);
      compare_matmul(a, false, b, false, 2, Write::Accumulate, start, 16);
      compare_matmul(a, false, b.select(0, 1).select(0, 2), false, 1, Write::Overwrite, start, 16);
      compare_matmul(a.select(0, 1).select(0, 0), false, b, false, 1, Write::Overwrite, start, 16);
      // Heads of attention: [batch, length, heads, width] seen as [batch, heads, length, width].
      const Tensor q = random_tensor({2, 11, 3, 13}, dtype, 4).transpose(1, 2);
      const Tensor k = random_tensor({2, 19, 3, 13}, dtype, 5).transpose(1, 2);
      compare_matmul(q, false, k, true, 0.5, Write::Overwrite, start, 16);
      // A product of each batch large enough for all threads.
      const Tensor x = random_tensor({2, 130, 127}, dtype, 6), y = random_tensor({2, 127, 113}, dtype, 7);
      compare_matmul(x, false, y, false, 1, Write::Overwrite, random_tensor({2, 130, 113}, dtype, 8), 32);
    }
  });
}

TEST_CASE("matmul takes padded rows") {
  for_each_variant([] {
    const Tensor a = random_tensor({29, 40}, DType::F32, 1).slice(1, 3, 34);
    const Tensor b = random_tensor({31, 90}, DType::F32, 2).slice(1, 5, 78);
    compare_matmul(a, false, b, false, 1, Write::Overwrite, Tensor::zeros({29, 73}), 32);
  });
}

TEST_CASE("a product's bits don't depend on the number of threads, nor on the rows beside") {
  for_each_variant([] {
    for (const DType dtype : kFloats) {
      const Tensor a = random_tensor({211, 67}, dtype, 1), b = random_tensor({307, 67}, dtype, 2);
      Tensor one({211, 307}, dtype), many = empty_like(one), row({1, 307}, dtype);
      kernels::matmul(a, false, b, true, 1, Write::Overwrite, one);
      {
        const ThreadsScope threads(3);
        kernels::matmul(a, false, b, true, 1, Write::Overwrite, many);
      }
      check_same(many, one);
      kernels::matmul(a.slice(0, 100, 101), false, b, true, 1, Write::Overwrite, row);
      check_same(row, one.slice(0, 100, 101));

      const Tensor x = random_tensor({2311, 17}, dtype, 3), y = random_tensor({2311, 23}, dtype, 4);
      Tensor deep({17, 23}, dtype), deep_many = empty_like(deep);
      kernels::matmul(x, true, y, false, 1, Write::Overwrite, deep);
      const ThreadsScope threads(3);
      kernels::matmul(x, true, y, false, 1, Write::Overwrite, deep_many);
      check_same(deep_many, deep);
    }
  });
}

TEST_CASE("linear agrees with the reference, with and without bias, with every activation") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const auto& [rows, in, out] :
           {std::tuple{1, 1, 1}, {3, 7, 5}, {211, 64, 67}, {5, 33, 1013}, {0, 3, 2}, {2, 3, 0}})
        for (const Activation activation : std::initializer_list<Activation>{std::nullopt, Unary::Relu, Unary::Sigmoid,
                                                                             Unary::Tanh, Unary::Gelu, Unary::Swish}) {
          INFO(rows, " x ", in, " x ", out, ", ", activation ? name_of(*activation) : "no activation");
          const Tensor x = random_tensor({rows, in}, dtype, 1), weight = random_tensor({out, in}, dtype, 2);
          for (const Tensor& bias : {Tensor(), random_tensor({out}, dtype, 3)}) {
            Tensor fast({rows, out}, dtype), plain = empty_like(fast);
            kernels::linear(x, weight, bias, activation, fast);
            const ReferenceScope scope;
            kernels::linear(x, weight, bias, activation, plain);
            check_close(fast, plain, 64);
          }
        }
  });
}

TEST_CASE("matmul and linear refuse what doesn't fit") {
  Tensor out({2, 5});
  const auto multiply = [&](const Tensor& a, const Tensor& b) {
    kernels::matmul(a, false, b, false, 1, Write::Overwrite, out);
  };
  CHECK_THROWS_WITH_AS(multiply(Tensor({2, 3}), Tensor({4, 5})), "[matmul] inner sizes differ: (2, 3) x (4, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({3}), Tensor({3, 5})), "[matmul] expected at least 2 dimensions: (3) x (3, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({2, 2, 3}), Tensor({4, 3, 5})),
                       "[matmul] batch sizes differ: (2, 2, 3) x (4, 3, 5)", ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({2, 3}), Tensor({3, 4})), "[matmul] out: expected (2, 4), got (2, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({2, 3}), Tensor({3, 5}, DType::F64)), "[matmul] b: expected f32, got f64",
                       ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({2, 3}, DType::I32), Tensor({3, 5})), "[matmul] a: expected f32 or f64, got i32",
                       ShapeError);
  CHECK_THROWS_WITH_AS(multiply(Tensor({3, 2}).transpose(0, 1), Tensor({3, 5})),
                       "[matmul] a: expected contiguous rows, got strides (1, 2) for (2, 3)", ShapeError);

  const auto apply = [&](const Tensor& x, const Tensor& weight, const Tensor& bias) {
    kernels::linear(x, weight, bias, std::nullopt, out);
  };
  CHECK_THROWS_WITH_AS(apply(Tensor({2, 3}), Tensor({5, 4}), {}), "[linear] inner sizes differ: (2, 3) x (5, 4)^T",
                       ShapeError);
  CHECK_THROWS_WITH_AS(apply(Tensor({2, 3}), Tensor({5, 3}), Tensor({4})), "[linear] bias: expected (5), got (4)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(apply(Tensor({3, 3}), Tensor({5, 3}), {}), "[linear] out: expected (3, 5), got (2, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(apply(Tensor({3}), Tensor({5, 3}), {}), "[linear] x: expected 2 dimensions, got (3)",
                       ShapeError);
}
