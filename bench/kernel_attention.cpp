#include "bench/kernel_cases.h"
#include "kernels/attention.h"
#include "kernels/cross_entropy.h"

namespace seqrec::bench {
namespace {

/// 256 sequences of 50 values, each looked at from everywhere.
Windows sequences(bool causal) {
  std::vector<std::int32_t> begin, end;
  for (std::int32_t v = 0; v < 256 * 50; ++v) {
    begin.push_back(v - v % 50);
    end.push_back(causal ? v + 1 : v - v % 50 + 50);
  }
  return Windows(begin, end, 256 * 50);
}

}  // namespace

void add_attention_cases(Cases& cases) {
  using namespace kernels;
  for (const bool causal : {true, false}) {
    const Windows windows = sequences(causal);
    const std::int64_t values = windows.values();
    const std::string shape = concat("256 sequences of 50, ", causal ? "causal" : "bidirectional", ", 2 heads");
    const double product = 2.0 * static_cast<double>(windows.entries()) * kWidth;
    const Drop drop{0.5, {1, 2}, 0};
    cases.push_back({"window_attention", shape, 2 * product, 0, [=] {
                       return [=, q = numbers({values, kWidth}), k = numbers({values, kWidth}, 1),
                               v = numbers({values, kWidth}, 2), out = empty({values, kWidth})]() mutable {
                         window_attention(q, k, v, windows, 2, drop, out);
                       };
                     }});
    cases.push_back({"window_attention_backward", shape, 5 * product, 0, [=] {
                       return [=, q = numbers({values, kWidth}), k = numbers({values, kWidth}, 1),
                               v = numbers({values, kWidth}, 2), grad = numbers({values, kWidth}, 3),
                               grad_q = empty({values, kWidth}), grad_k = empty({values, kWidth}),
                               grad_v = empty({values, kWidth})]() mutable {
                         window_attention_backward(q, k, v, windows, 2, drop, grad, grad_q, grad_k, grad_v);
                       };
                     }});
  }
  for (const std::int64_t classes : {19, 637}) {
    const std::int64_t rows = 16384;
    const Product scores{rows, classes, kWidth, false, true};
    cases.push_back(
        {"catalogue_binary_cross_entropy", concat(rows, "x", kWidth, ", ", classes, " classes"), 3 * scores.flops(), 0,
         [=] {
           std::vector<std::int32_t> labels, begin, end;
           for (std::int32_t c = 0; c < classes; ++c) labels.push_back(c);
           for (std::int32_t r = 0; r < rows; ++r) {
             begin.push_back(r % static_cast<std::int32_t>(classes - 4));
             end.push_back(begin.back() + 4);
           }
           return [=, hidden = numbers({rows, kWidth}), table = numbers({classes, kWidth}, 1), names = Index(labels),
                   windows = Windows(begin, end, classes), losses = empty({rows}), grad_hidden = empty({rows, kWidth}),
                   grad_table = empty({classes, kWidth})]() mutable {
             catalogue_binary_cross_entropy(hidden, table, names, windows, 1, losses, grad_hidden, grad_table);
           };
         },
         scores});
  }
}

}  // namespace seqrec::bench
