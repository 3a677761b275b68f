#include <utility>

#include "bench/kernel_cases.h"
#include "kernels/norm.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"

namespace seqrec::bench {
namespace {

using namespace kernels;
constexpr std::int64_t kTall = 50 * kRows;  // the positions of a batch
constexpr double kElements = kTall * kWidth;

void add_softmax(Cases& cases) {
  for (const auto& [rows, width] : {std::pair{kRows, kClasses}, std::pair<std::int64_t, std::int64_t>{kTall, 50}}) {
    const std::string shape = concat(rows, "x", width);
    const auto elements = static_cast<double>(rows * width);
    const auto add = [&, rows = rows, width = width](const char* name, auto kernel) {
      cases.push_back({name, shape, 0, floats(2 * elements), [=] {
                         return [=, x = numbers({rows, width}), y = empty({rows, width})]() mutable { kernel(x, y); };
                       }});
    };
    const auto add_backward = [&, rows = rows, width = width](const char* name, auto kernel) {
      cases.push_back({name, shape, 0, floats(3 * elements), [=] {
                         return [=, y = numbers({rows, width}), grad = numbers({rows, width}, 1),
                                 grad_x = empty({rows, width})]() mutable { kernel(y, grad, grad_x); };
                       }});
    };
    add("softmax", softmax);
    add("log_softmax", log_softmax);
    add_backward("softmax_backward", softmax_backward);
    add_backward("log_softmax_backward", log_softmax_backward);
  }
}

void add_norms(Cases& cases) {
  const std::string shape = concat(kTall, "x", kWidth);
  cases.push_back({"layer_norm", shape, 0, floats(2 * kElements), [] {
                     const Tensor x = numbers({kTall, kWidth}), gamma = numbers({kWidth}), beta = numbers({kWidth});
                     return [=, y = empty_like(x), mean = empty({kTall}), rstd = empty({kTall})]() mutable {
                       layer_norm(x, gamma, beta, 1e-12, y, mean, rstd);
                     };
                   }});
  cases.push_back({"layer_norm_backward", shape, 0, floats(3 * kElements), [] {
                     const Tensor x = numbers({kTall, kWidth}), gamma = numbers({kWidth}), mean = numbers({kTall});
                     return [=, grad_x = empty_like(x), grad_gamma = empty({kWidth}),
                             grad_beta = empty({kWidth})]() mutable {
                       layer_norm_backward(x, gamma, mean, mean, x, grad_x, grad_gamma, grad_beta);
                     };
                   }});
  cases.push_back({"column_mean_var", shape, 0, floats(kElements), [] {
                     return [x = numbers({kTall, kWidth}), mean = empty({kWidth}), var = empty({kWidth})]() mutable {
                       column_mean_var(x, mean, var);
                     };
                   }});
  cases.push_back({"batch_norm", shape, 0, floats(2 * kElements), [] {
                     const Tensor x = numbers({kTall, kWidth}), mean = numbers({kWidth}), var = zeros({kWidth});
                     return [=, y = empty_like(x)]() mutable { batch_norm(x, mean, var, mean, mean, 1e-5, y); };
                   }});
  cases.push_back({"batch_norm_backward", shape, 0, floats(3 * kElements), [] {
                     const Tensor x = numbers({kTall, kWidth}), mean = numbers({kWidth}), var = zeros({kWidth});
                     return [=, grad_x = empty_like(x), grad_gamma = empty({kWidth}),
                             grad_beta = empty({kWidth})]() mutable {
                       batch_norm_backward(x, mean, var, mean, 1e-5, x, grad_x, grad_gamma, grad_beta);
                     };
                   }});
}

void add_reductions(Cases& cases) {
  const std::string shape = concat(kTall, "x", kWidth);
  const auto add_sum = [&](const char* name, Shape result) {
    cases.push_back({"sum", concat(shape, "/", name), 0, floats(kElements), [result] {
                       return [x = numbers({kTall, kWidth}), out = empty(result)]() mutable { sum(x, out); };
                     }});
  };
  add_sum("rows", {kTall, 1});
  add_sum("columns", {1, kWidth});
  add_sum("all", {1, 1});
  cases.push_back({"max_last", shape, 0, floats(kElements), [] {
                     return [x = numbers({kTall, kWidth}), out = empty({kTall}),
                             index = empty({kTall}, DType::I32)]() mutable { max_last(x, out, index); };
                   }});
  cases.push_back({"max_last_backward", shape, 0, floats(kElements), [] {
                     const Tensor index = zeros({kTall}, DType::I32);
                     return [=, grad = numbers({kTall}), grad_x = empty({kTall, kWidth})]() mutable {
                       max_last_backward(grad, index, grad_x);
                     };
                   }});
  cases.push_back({"sum_of_squares", shape, 0, floats(kElements), [] {
                     return [x = numbers({kTall, kWidth}), out = empty({1})]() mutable { sum_of_squares(x, out); };
                   }});
  cases.push_back({"l2_norms", shape, 0, floats(kElements), [] {
                     const std::vector<Tensor> xs{numbers({kTall, kWidth})};
                     return [=, norms = empty({1}), total = empty({1}), weights = std::vector<double>{1}]() mutable {
                       l2_norms(xs, weights, norms, total);
                     };
                   }});
  cases.push_back({"l2_norms_backward", shape, 0, floats(2 * kElements), [] {
                     const Tensor one = numbers({1});
                     const std::vector<Tensor> xs{numbers({kTall, kWidth})}, grads{empty({kTall, kWidth})};
                     return [=, weights = std::vector<double>{1}] { l2_norms_backward(xs, weights, one, one, grads); };
                   }});
  cases.push_back(
      {"any_nonfinite", shape, 0, floats(kElements), [] {
         return [x = numbers({kTall, kWidth}), out = empty({1}, DType::I32)]() mutable { any_nonfinite(x, out); };
       }});
}

}  // namespace

void add_row_cases(Cases& cases) {
  add_softmax(cases);
  add_norms(cases);
  add_reductions(cases);
}

}  // namespace seqrec::bench
