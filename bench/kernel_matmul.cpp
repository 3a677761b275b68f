#include <utility>

#include "bench/kernel_cases.h"
#include "kernels/matmul.h"

namespace seqrec::bench {

static void add(Cases& cases, const Product& p) {
  std::string shape = concat(p.m, "x", p.n, "x", p.k, "/", p.transpose_a ? "T" : "N", p.transpose_b ? "T" : "N");
  if (p.batches > 1) shape = concat(p.batches, "x", shape);
  cases.push_back({"matmul", shape, p.flops(), 0,
                   [p] {
                     const auto matrices = [&](std::int64_t rows, std::int64_t columns) {
                       return p.batches > 1 ? Shape{p.batches, rows, columns} : Shape{rows, columns};
                     };
                     const Tensor a = numbers(p.transpose_a ? matrices(p.k, p.m) : matrices(p.m, p.k));
                     const Tensor b = numbers(p.transpose_b ? matrices(p.n, p.k) : matrices(p.k, p.n), 1);
                     return [=, out = empty(matrices(p.m, p.n))]() mutable {
                       kernels::matmul(a, p.transpose_a, b, p.transpose_b, 1, kernels::Write::Overwrite, out);
                     };
                   },
                   p});
}

void add_matmul_cases(Cases& cases) {
  add(cases, {kRows, kWidth, kWidth, false, true});     // a layer
  add(cases, {kRows, kWidth, kWidth, false, false});    // its input's gradient
  add(cases, {kWidth, kWidth, kRows, true, false});     // its weight's gradient
  add(cases, {kRows, kClasses, kWidth, false, true});   // scores of a catalogue
  add(cases, {kRows, kWidth, kClasses, false, false});  // hidden's gradient
  add(cases, {kClasses, kWidth, kRows, true, false});   // the table's gradient
  add(cases, {1, 43000, 100, false, true});             // one user, a large catalogue
  add(cases, {512, 512, 512, false, false});            // a square
  add(cases, {50, 50, 32, false, true, 4096});          // attention's logits
  add(cases, {50, 32, 50, false, false, 4096});         // attention's sums
  const Product layer{kRows, 256, kWidth, false, true};
  for (const auto& [name, activation] : {std::pair<const char*, kernels::Activation>{"none", {}},
                                         {"relu", kernels::Unary::Relu},
                                         {"gelu", kernels::Unary::Gelu}})
    cases.push_back(
        {"linear", concat(kRows, "x", 256, "x", kWidth, "/", name), layer.flops(), 0,
         [activation = activation] {
           const Tensor x = numbers({kRows, kWidth}), weight = numbers({256, kWidth}), bias = numbers({256});
           return [=, out = empty({kRows, 256})]() mutable { kernels::linear(x, weight, bias, activation, out); };
         },
         layer});
}

}  // namespace seqrec::bench
