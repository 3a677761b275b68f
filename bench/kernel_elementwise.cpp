#include "bench/kernel_cases.h"
#include "kernels/copy.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"

namespace seqrec::bench {
namespace {

using namespace kernels;
constexpr double kElements = kRows * kClasses;

void add_maps(Cases& cases) {
  const std::string shape = concat(kRows, "x", kClasses);
  for (int i = 0; i < kUnaryCount; ++i) {
    const auto op = static_cast<Unary>(i);
    cases.push_back(
        {"unary", concat(shape, "/", name_of(op)), 0, floats(2 * kElements), [op] {
           return [op, x = numbers({kRows, kClasses}), out = empty({kRows, kClasses})]() mutable { unary(op, x, out); };
         }});
    cases.push_back({"unary_backward", concat(shape, "/", name_of(op)), 0, floats(4 * kElements), [op] {
                       const Tensor x = numbers({kRows, kClasses}), y = numbers({kRows, kClasses}, 1);
                       return [=, grad = numbers({kRows, kClasses}, 2), out = empty_like(x)]() mutable {
                         unary_backward(op, x, y, grad, out);
                       };
                     }});
  }
  const auto add_binary = [&](const char* name, Shape b, double bytes) {
    cases.push_back({"binary", concat(shape, "/", name), 0, bytes, [b] {
                       const Tensor x = numbers({kRows, kClasses}), y = numbers(b);
                       return [=, out = empty_like(x)]() mutable { binary(Binary::Add, x, y, out); };
                     }});
  };
  add_binary("same", {kRows, kClasses}, floats(3 * kElements));
  add_binary("row", {kClasses}, floats(2 * kElements));
  add_binary("column", {kRows, 1}, floats(2 * kElements));
  for (int i = 0; i < kBinaryCount; ++i) {
    const auto op = static_cast<Binary>(i);
    cases.push_back({"binary", concat(shape, "/", name_of(op)), 0, floats(3 * kElements), [op] {
                       const Tensor x = numbers({kRows, kClasses}), y = numbers({kRows, kClasses}, 1);
                       return [=, out = empty_like(x)]() mutable { binary(op, x, y, out); };
                     }});
  }
  cases.push_back(
      {"where", shape, 0, floats(4 * kElements), [] {
         const Tensor c = numbers({kRows, kClasses}), x = numbers({kRows, kClasses}, 1);
         return [=, y = numbers({kRows, kClasses}, 2), out = empty_like(x)]() mutable { where(c, x, y, out); };
       }});
  cases.push_back(
      {"affine", shape, 0, floats(2 * kElements), [] {
         return [x = numbers({kRows, kClasses}), out = empty({kRows, kClasses})]() mutable { affine(0.5, 1, x, out); };
       }});
  cases.push_back({"add_scaled", shape, 0, floats(3 * kElements), [] {
                     return [x = numbers({kRows, kClasses}), out = numbers({kRows, kClasses})]() mutable {
                       add_scaled(1e-9, x, out);
                     };
                   }});
}

void add_copies(Cases& cases) {
  const std::string shape = concat(kRows, "x", kClasses);
  cases.push_back(
      {"copy", concat(shape, "/rows"), 0, floats(2 * kElements), [] {
         return [x = numbers({kRows, kClasses}), out = empty({kRows, kClasses})]() mutable { copy(x, out); };
       }});
  cases.push_back({"copy", concat(shape, "/transposed"), 0, floats(2 * kElements), [] {
                     return [x = numbers({kClasses, kRows}).transpose(0, 1), out = empty({kRows, kClasses})]() mutable {
                       copy(x, out);
                     };
                   }});
  cases.push_back({"fill", shape, 0, floats(kElements), [] {
                     return [out = empty({kRows, kClasses})]() mutable { fill(1, out); };
                   }});
  cases.push_back({"dropout", shape, 0, floats(2 * kElements), [] {
                     const RandomStream stream = random_stream(1, Purpose::Dropout);
                     return [stream, x = numbers({kRows, kClasses}), out = empty({kRows, kClasses})]() mutable {
                       dropout(x, 0.5, stream, 0, out);
                     };
                   }});
}

}  // namespace

void add_elementwise_cases(Cases& cases) {
  add_maps(cases);
  add_copies(cases);
}

}  // namespace seqrec::bench
