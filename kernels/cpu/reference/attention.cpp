#include "kernels/attention.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

/// One query under one head: where it and its window's values stand, their weights, and what dropping multiplies each
/// by.
struct Look {
  std::int64_t query, begin, length, column, width;
  Row weights, factors;

  template <class A>
  auto of_query(A& rows) const {
    return rows.block(query, column, 1, width);
  }
  template <class A>
  auto of_values(A& rows) const {
    return rows.block(begin, column, length, width);
  }
};

/// Calls each(look) for every query that has values, under every head.
template <class F>
void for_each_look(const Array& q, const Array& k, const Windows& windows, std::int64_t heads, const Drop& drop,
                   F&& each) {
  std::uint64_t number = drop.offset;
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < windows.size(); ++i) {
      const std::int64_t width = q.cols() / heads, length = windows.length(i);
      if (length == 0) continue;
      Look look{i, windows.begin()[i], length, h * width, width, {}, Row(length)};
      look.weights = softmax_rows(product(look.of_query(q), look.of_values(k).transpose()) / std::sqrt(width));
      for (double& factor : look.factors)
        factor = to_uniform(drop.stream.at(number++)) >= drop.p ? 1 / (1 - drop.p) : 0;
      each(look);
    }
}

}  // namespace

void window_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows, std::int64_t heads,
                      Drop drop, Tensor& out) {
  const Array values = matrix(v);
  Array sums = Array::Zero(out.size(0), out.size(1));
  for_each_look(matrix(q), matrix(k), windows, heads, drop, [&](const Look& look) {
    look.of_query(sums) = product(look.weights * look.factors, look.of_values(values));
  });
  write(out, sums);
}

void window_attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                               std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q, Tensor& grad_k,
                               Tensor& grad_v) {
  const Array queries = matrix(q), keys = matrix(k), values = matrix(v), grad = matrix(grad_out);
  Array dq = Array::Zero(queries.rows(), queries.cols()), dk = Array::Zero(keys.rows(), keys.cols()), dv = dk;
  for_each_look(queries, keys, windows, heads, drop, [&](const Look& look) {
    const Row d = look.factors * product(look.of_query(grad), look.of_values(values).transpose());
    const Row s = look.weights * (d - (look.weights * d).sum()) / std::sqrt(look.width);
    look.of_query(dq) += product(s, look.of_values(keys));
    look.of_values(dk) += product(s.transpose(), look.of_query(queries));
    look.of_values(dv) += product((look.weights * look.factors).transpose(), look.of_query(grad));
  });
  write(grad_q, dq);
  write(grad_k, dk);
  write(grad_v, dv);
}

}  // namespace seqrec::kernels::reference
