#include "bench/kernel_cases.h"
#include "kernels/gru.h"
#include "kernels/pairs.h"
#include "kernels/score_mlp.h"

namespace seqrec::bench {

/// DIEN's attention at ml-100k's size: vectors of width 20, layers of 256, as many pairs as a batch has. `kept`: the
/// backward finds the hidden layers' values.
static void add_score_mlp(Cases& cases, const char* name, double products, bool kept = false) {
  constexpr std::int64_t kPairs = 50000, kIn = 60, kHidden = 256;
  const double flops = 2.0 * kPairs * (kIn * kHidden + 2 * kHidden * kHidden + kHidden) * products;
  const std::string shape = concat(kPairs, "x", kIn, "-256-256-256-1", kept ? ", kept" : "");
  cases.push_back({name, shape, flops, 0, [=]() -> std::function<void()> {
                     const Tensor x = numbers({kPairs, kIn}), targets = zeros({kPairs});
                     std::vector<Tensor> parameters, grads, hidden;
                     for (std::int64_t in = kIn, layer = 0; layer < 4; ++layer, in = kHidden) {
                       parameters.push_back(numbers({layer < 3 ? kHidden : 1, in}));
                       parameters.push_back(numbers({layer < 3 ? kHidden : 1}));
                       if (kept && layer < 3) hidden.push_back(empty({kPairs, kHidden}));
                     }
                     for (const Tensor& parameter : parameters) grads.push_back(empty_like(parameter));
                     Tensor scores = empty({kPairs}), loss = empty({1}), grad_x = empty_like(x);
                     const kernels::Activation activation = kernels::Unary::Sigmoid;
                     kernels::score_mlp(x, parameters, activation, hidden, scores);
                     const std::string_view kernel = name;
                     if (kernel == "score_mlp")
                       return [=]() mutable { kernels::score_mlp(x, parameters, activation, hidden, scores); };
                     if (kernel == "score_mlp_backward")
                       return [=]() mutable {
                         kernels::score_mlp_backward(x, parameters, activation, hidden, targets, grad_x, grads);
                       };
                     return [=]() mutable {
                       kernels::score_mlp_loss(x, parameters, activation, targets, targets, loss, grad_x, grads);
                     };
                   }});
}

void add_recurrence_cases(Cases& cases) {
  add_score_mlp(cases, "score_mlp", 1);
  add_score_mlp(cases, "score_mlp_backward", 3);
  add_score_mlp(cases, "score_mlp_backward", 2, true);
  add_score_mlp(cases, "score_mlp_loss", 3);

  constexpr std::int64_t kState = 20;
  static const Windows windows = prefixes(kRows);
  const std::int64_t values = windows.values(), entries = windows.entries();
  const std::string shape = concat(kRows, " windows, ", entries, " entries, width ", kState);
  const double elements = static_cast<double>(entries) * kState, flops = 6 * kState * elements;
  cases.push_back({"gru", shape, flops, 0, [=] {
                     return [=, input = numbers({values, 3 * kState}), scores = numbers({entries}),
                             weight = numbers({3 * kState, kState}), bias = numbers({3 * kState}),
                             states = empty({entries, kState}), gates = empty({entries, 4 * kState})]() mutable {
                       kernels::gru(kernels::GruCell::AuGru, input, scores, windows, weight, bias, bias, states, gates);
                     };
                   }});
  cases.push_back({"gru_backward", shape, 2 * flops, 0, [=] {
                     return [=, input = numbers({values, 3 * kState}), scores = numbers({entries}),
                             weight = numbers({3 * kState, kState}), bias = numbers({3 * kState}),
                             states = numbers({entries, kState}), gates = numbers({entries, 4 * kState})]() mutable {
                       Tensor grad_input = empty_like(input), grad_scores = empty_like(scores),
                              grad_weight = empty_like(weight), grad_b_ih = empty_like(bias),
                              grad_b_hh = empty_like(bias);
                       kernels::gru_backward(kernels::GruCell::AuGru, input, scores, windows, weight, states, gates,
                                             states, grad_input, grad_scores, grad_weight, grad_b_ih, grad_b_hh);
                     };
                   }});
  cases.push_back({"window_pairs", shape, 0, floats(5 * elements), [=] {
                     return [=, queries = numbers({kRows, kState}), keys = numbers({values, kState}),
                             pairs = empty({entries, 3 * kState})]() mutable {
                       kernels::window_pairs(queries, keys, windows, pairs);
                     };
                   }});
  cases.push_back({"window_pairs_backward", shape, 0, floats(10 * elements), [=] {
                     return [=, queries = numbers({kRows, kState}), keys = numbers({values, kState}),
                             grad = numbers({entries, 3 * kState})]() mutable {
                       Tensor grad_queries = empty_like(queries), grad_keys = empty_like(keys);
                       kernels::window_pairs_backward(queries, keys, windows, grad, grad_queries, grad_keys);
                     };
                   }});
}

}  // namespace seqrec::bench
