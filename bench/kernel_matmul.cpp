#include "bench/kernel_cases.h"
#include "kernels/matmul.h"

namespace seqrec::bench {

static void add(Cases& cases, std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_a, bool transpose_b,
                std::int64_t batches = 1) {
  const auto product = static_cast<double>(batches * m * n * k);
  std::string shape = concat(m, "x", n, "x", k, "/", transpose_a ? "T" : "N", transpose_b ? "T" : "N");
  if (batches > 1) shape = concat(batches, "x", shape);
  cases.push_back({"matmul", shape, 2 * product, 0, [=] {
                     const auto matrices = [&](std::int64_t rows, std::int64_t columns) {
                       return batches > 1 ? Shape{batches, rows, columns} : Shape{rows, columns};
                     };
                     const Tensor a = numbers(transpose_a ? matrices(k, m) : matrices(m, k));
                     const Tensor b = numbers(transpose_b ? matrices(n, k) : matrices(k, n), 1);
                     return [=, out = Tensor(matrices(m, n))]() mutable {
                       kernels::matmul(a, transpose_a, b, transpose_b, 1, kernels::Write::Overwrite, out);
                     };
                   }});
}

void add_matmul_cases(Cases& cases) {
  add(cases, kRows, kWidth, kWidth, false, true);     // a layer
  add(cases, kRows, kWidth, kWidth, false, false);    // its input's gradient
  add(cases, kWidth, kWidth, kRows, true, false);     // its weight's gradient
  add(cases, kRows, kClasses, kWidth, false, true);   // scores of a catalogue
  add(cases, kRows, kWidth, kClasses, false, false);  // hidden's gradient
  add(cases, kClasses, kWidth, kRows, true, false);   // the table's gradient
  add(cases, 1, 43000, 100, false, true);             // one user, a large catalogue
  add(cases, 512, 512, 512, false, false);            // a square
  add(cases, 50, 50, 32, false, true, 4096);          // attention's logits
  add(cases, 50, 32, 50, false, false, 4096);         // attention's sums
  for (const auto& [name, activation] :
       {std::pair{"none", kernels::Activation::None}, std::pair{"relu", kernels::Activation::Relu},
        std::pair{"gelu", kernels::Activation::Gelu}})
    cases.push_back(
        {"linear", concat(kRows, "x", 256, "x", kWidth, "/", name), 2.0 * kRows * 256 * kWidth, 0,
         [activation = activation] {
           const Tensor x = numbers({kRows, kWidth}), weight = numbers({256, kWidth}), bias = numbers({256});
           return [=, out = Tensor({kRows, 256})]() mutable { kernels::linear(x, weight, bias, activation, out); };
         }});
}

}  // namespace seqrec::bench
