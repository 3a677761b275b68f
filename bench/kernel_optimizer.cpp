#include "bench/kernel_cases.h"
#include "kernels/optimizer.h"

namespace seqrec::bench {

void add_optimizer_cases(Cases& cases) {
  using namespace kernels;
  for (const std::int64_t rows : {kClasses, std::int64_t{100000}}) {
    const std::string shape = concat(rows, "x", kWidth);
    const auto elements = static_cast<double>(rows * kWidth);
    const auto state = [rows] { return zeros({rows, kWidth}); };
    cases.push_back({"sgd_step", concat(shape, "/momentum"), 0, floats(5 * elements), [=] {
                       return [=, grad = numbers({rows, kWidth}), p = state(), m = state()]() mutable {
                         sgd_step({.learning_rate = 1e-3, .momentum = 0.9}, {{grad, Index(), p, {m}, 2}});
                       };
                     }});
    cases.push_back({"adam_step", shape, 0, floats(7 * elements), [=] {
                       return [=, grad = numbers({rows, kWidth}), p = state(), m = state(), v = state()]() mutable {
                         adam_step({.learning_rate = 1e-3}, {{grad, Index(), p, {m, v}, 2}});
                       };
                     }});
    cases.push_back(
        {"adam_step", concat(shape, "/only ", kRows / 2, " rows"), 0, floats(7.0 * kRows / 2 * kWidth), [=] {
           std::vector<std::int32_t> some;
           for (std::int32_t i = 0; i < kRows / 2; ++i) some.push_back(i);
           return [=, grad = numbers({kRows / 2, kWidth}), named = Index(some), p = state(), m = state(),
                   v = state()]() mutable {
             adam_step({.learning_rate = 1e-3}, {{grad, named, p, {m, v}, 2, /*only_rows=*/true}});
           };
         }});
    cases.push_back({"adagrad_step", shape, 0, floats(5 * elements), [=] {
                       return [=, grad = numbers({rows, kWidth}), p = state(), sum = state()]() mutable {
                         adagrad_step({.learning_rate = 1e-3}, {{grad, Index(), p, {sum}}});
                       };
                     }});
    cases.push_back({"rmsprop_step", shape, 0, floats(5 * elements), [=] {
                       return [=, grad = numbers({rows, kWidth}), p = state(), average = state()]() mutable {
                         rmsprop_step({.learning_rate = 1e-3}, {{grad, Index(), p, {average}}});
                       };
                     }});
  }
}

}  // namespace seqrec::bench
