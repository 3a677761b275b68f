#include "kernels/matmul.h"

#include <functional>
#include <tuple>

#include "kernels/precision.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

constexpr Activation kActivations[] = {std::nullopt, Unary::Relu, Unary::Sigmoid, Unary::Tanh, Unary::Gelu};

/// A tensor and how it is looked at: its copy on the device gets the same strides.
struct Operand {
  Tensor whole;
  std::function<Tensor(const Tensor&)> view = [](const Tensor& tensor) { return tensor; };
  bool transposed = false;
};

/// Overwrites and accumulates.
void compare_matmul(const Operand& a, const Operand& b, const Tensor& start) {
  for (const auto& [write, alpha] : {std::pair{Write::Overwrite, 1.0}, {Write::Accumulate, -0.3}}) {
    Tensor expected = clone(start), out = to_device(start, gpu());
    matmul(a.view(a.whole), a.transposed, b.view(b.whole), b.transposed, alpha, write, expected);
    matmul(a.view(to_device(a.whole, gpu())), a.transposed, b.view(to_device(b.whole, gpu())), b.transposed, alpha,
           write, out);
    check_gpu(out, expected, kUlps);
  }
}

}  // namespace

TEST_CASE("cuda: matmul equals the CPU's in all transposes and odd sizes, 0 among them") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [m, n, k] :
         {std::tuple{1, 1, 1}, {2, 3, 5}, {37, 67, 13}, {1, 1009, 31}, {257, 1, 33}, {3, 4, 0}, {0, 4, 3}, {3, 0, 2}})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          INFO(m, " x ", n, " x ", k, " ", ta, tb);
          const Operand a{.whole = random_tensor(ta ? Shape{k, m} : Shape{m, k}, dtype, 1), .transposed = ta};
          const Operand b{.whole = random_tensor(tb ? Shape{n, k} : Shape{k, n}, dtype, 2), .transposed = tb};
          compare_matmul(a, b, random_tensor({m, n}, dtype, 3));
        }
}

TEST_CASE("cuda: matmul in batches: equal, shared, expanded, of heads, of no matrix") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats) {
    const auto random = [&](const Shape& shape, std::uint64_t part) { return random_tensor(shape, dtype, part); };
    const Tensor start = random({2, 3, 11, 19}, 3);
    const Operand a{random({2, 3, 11, 13}, 1)}, b{random({2, 3, 13, 19}, 2)};
    compare_matmul(a, b, start);
    compare_matmul(a, {random({13, 19}, 4)}, start);
    compare_matmul({random({11, 13}, 5)}, b, start);
    compare_matmul({.whole = random({2, 3, 13, 11}, 6), .transposed = true}, {random({13, 19}, 4)}, start);
    const auto expand = [](const Tensor& x) { return x.expand({2, 3, x.size(-2), x.size(-1)}); };
    compare_matmul(a, {random({3, 13, 19}, 7), expand}, start);
    compare_matmul({random({2, 1, 11, 13}, 8), expand}, b, start);
    compare_matmul({random({11, 13}, 9), expand}, {random({13, 19}, 4), expand}, start);
    // Heads of attention: [batch, length, heads, width] seen as [batch, heads, length, width].
    const auto heads = [](const Tensor& x) { return x.transpose(1, 2); };
    compare_matmul({random({2, 11, 3, 13}, 10), heads}, {random({2, 19, 3, 13}, 11), heads, true}, start);
    // Matrices of one row.
    compare_matmul({random({5, 1, 13}, 12)}, {random({13, 19}, 4)}, random({5, 1, 19}, 13));
    compare_matmul({random({0, 11, 13}, 14)}, {random({13, 19}, 4)}, random({0, 11, 19}, 15));
    compare_matmul({random({2, 11, 0}, 16)}, {random({0, 19}, 17)}, random({2, 11, 19}, 18));
  }
}

TEST_CASE("cuda: matmul takes padded rows, and those of one element whatever its strides") {
  if (!has_gpu()) return;
  const auto inner = [](const Tensor& x) { return x.slice(-1, 3, x.size(-1) - 2); };
  for (const DType dtype : kFloats)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Operand a{random_tensor(ta ? Shape{31, 34} : Shape{29, 36}, dtype, 1), inner, ta};
        const Operand b{random_tensor(tb ? Shape{17, 36} : Shape{31, 22}, dtype, 2), inner, tb};
        compare_matmul(a, b, random_tensor({29, 17}, dtype, 3));
        // Some rows of every matrix of a batch.
        const auto rows = [&](const Tensor& x) { return inner(x).slice(1, 2, x.size(1) - 1); };
        const Operand c{random_tensor(ta ? Shape{4, 34, 34} : Shape{4, 32, 36}, dtype, 4), rows, ta};
        compare_matmul(c, b, random_tensor({4, 29, 17}, dtype, 5));
      }
  const auto column = [](const Tensor& x) { return x.slice(1, 2, 3); };
  compare_matmul({random_tensor({7, 5}, DType::F32, 1), column}, {random_tensor({1, 3}, DType::F32, 2)},
                 random_tensor({7, 3}, DType::F32, 3));
}

TEST_CASE("cuda: linear equals the CPU's, with and without bias, with every activation") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [rows, in, out] :
         {std::tuple{1, 1, 1}, {3, 7, 5}, {33, 31, 64}, {5, 3, 1025}, {0, 3, 2}, {2, 3, 0}, {2, 0, 3}})
      for (const Activation activation : kActivations)
        for (const bool biased : {false, true}) {
          INFO(rows, " x ", in, " x ", out, ", ", activation ? name_of(*activation) : "no activation", ", bias ",
               biased);
          const Tensor x = random_tensor({rows, in}, dtype, 1), weight = random_tensor({out, in}, dtype, 2);
          const Tensor bias = biased ? random_tensor({out}, dtype, 3) : Tensor();
          Tensor expected({rows, out}, dtype), got({rows, out}, dtype, gpu());
          linear(x, weight, bias, activation, expected);
          for (const auto& on_gpu : {+[](const Tensor& t) { return to_device(t, gpu()); }, &strided_on_gpu}) {
            linear(to_device(x, gpu()), to_device(weight, gpu()), biased ? on_gpu(bias) : bias, activation, got);
            check_gpu(got, expected, kUlps);
          }
        }
}

TEST_CASE("cuda: f32 products round what they multiply where they are asked to, as the CPU's do") {
  if (!has_gpu()) return;
  // 1 + 2^-12 has 13 binary digits, TF32 has 11 and bf16 8.
  const float exact = 64 * (1 + 0x1p-12f);
  for (const auto& [precision, in_f32] :
       {std::pair{ProductPrecision::F32, exact}, {ProductPrecision::Tf32, 64.0f}, {ProductPrecision::Bf16, 64.0f}}) {
    CAPTURE(in_f32);
    const ProductPrecisionScope scope(precision);
    for (const Device device : {kCpu, gpu()})
      for (const DType dtype : kFloats)
        for (const Shape& shape : {Shape{64, 64}, Shape{3, 64, 64}}) {
          Tensor x(shape, dtype, device), one(shape, dtype, device), out(shape, dtype, device);
          fill(1 + 0x1p-12, x);
          fill(1, one);
          matmul(x, false, one, true, 1, Write::Overwrite, out);
          const auto got = convert(to_device(out, kCpu), DType::F64).to_vector<double>();
          CHECK(got[17] == (dtype == DType::F64 ? exact : in_f32));
        }
  }
}
