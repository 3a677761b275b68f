#include "bench/kernel_cases.h"
#include "kernels/cross_entropy.h"

namespace seqrec::bench {

static void add_catalogue(Cases& cases, std::int64_t rows, std::int64_t classes, std::int64_t width, bool gradients) {
  // Three products that must be made with gradients, one without.
  const Product scores{rows, classes, width, false, true};
  const double flops = scores.flops() * (gradients ? 3 : 1);
  cases.push_back({"catalogue_cross_entropy",
                   concat(rows, "x", classes, "x", width, gradients ? "/gradients" : "/losses"), flops, 0,
                   [=] {
                     const Tensor hidden = numbers({rows, width}), table = numbers({classes, width}, 1);
                     const Index targets = ids(rows, classes);
                     return [=, losses = empty({rows}), grad_hidden = gradients ? empty_like(hidden) : Tensor(),
                             grad_table = gradients ? empty_like(table) : Tensor()]() mutable {
                       kernels::catalogue_cross_entropy(hidden, table, targets, {}, 1, losses, grad_hidden, grad_table);
                     };
                   },
                   scores});
}

void add_loss_cases(Cases& cases) {
  for (const bool gradients : {true, false}) {
    add_catalogue(cases, kRows, kClasses, kWidth, gradients);
    add_catalogue(cases, kRows, 12102, kWidth, gradients);
    add_catalogue(cases, kRows, 43000, 100, gradients);
    add_catalogue(cases, 100, 43000, 100, gradients);
  }
  const double elements = kRows * kClasses;
  const std::string shape = concat(kRows, "x", kClasses);
  cases.push_back({"cross_entropy", shape, 0, floats(elements), [] {
                     const Tensor logits = numbers({kRows, kClasses});
                     const Index targets = ids(kRows, kClasses);
                     return [=, losses = empty({kRows})]() mutable { kernels::cross_entropy(logits, targets, losses); };
                   }});
  cases.push_back({"cross_entropy_backward", shape, 0, floats(2 * elements), [] {
                     const Tensor logits = numbers({kRows, kClasses}), grad = numbers({kRows});
                     const Index targets = ids(kRows, kClasses);
                     return [=, grads = empty_like(logits)]() mutable {
                       kernels::cross_entropy_backward(logits, targets, grad, grads);
                     };
                   }});
  cases.push_back({"binary_cross_entropy", shape, 0, floats(3 * elements), [] {
                     const Tensor logits = numbers({kRows, kClasses}), targets = numbers({kRows, kClasses}, 1);
                     return [=, losses = empty_like(logits)]() mutable {
                       kernels::binary_cross_entropy(logits, targets, losses);
                     };
                   }});
  cases.push_back({"binary_cross_entropy_backward", shape, 0, floats(4 * elements), [] {
                     const Tensor logits = numbers({kRows, kClasses}), targets = numbers({kRows, kClasses}, 1);
                     return [=, grad = numbers({kRows, kClasses}, 2), grads = empty_like(logits)]() mutable {
                       kernels::binary_cross_entropy_backward(logits, targets, grad, grads);
                     };
                   }});
}

}  // namespace seqrec::bench
