#include "kernels/additive_scores.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

/// sigmoid(query + key), by entry.
static Array gates_of(const Tensor& queries, const Tensor& keys, const Index& rows, const Windows& windows) {
  const Array q = gather(matrix(queries), windows.entry_windows());
  const Array k = gather(gather(matrix(keys), rows), windows.entry_values());
  return (q + k).unaryExpr(&sigmoid);
}

void window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                            const Windows& windows, Tensor& scores) {
  write(scores, product(gates_of(queries, keys, rows, windows), column(vector)));
}

void window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                     const Tensor& vector, const Index& rows, const Windows& windows,
                                     Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  const Array s = gates_of(queries, keys, rows, windows);
  const Column grad = column(grad_scores);
  const Array d = (s * (1 - s)).colwise() * grad;
  const Array by_entry = d.rowwise() * row(vector);
  write(grad_queries, scatter(windows.size(), windows.entry_windows(), by_entry));
  write(grad_keys, scatter(keys.size(0), rows, scatter(windows.values(), windows.entry_values(), by_entry)));
  write(grad_vector, product(grad.transpose(), s));
}

}  // namespace seqrec::kernels::reference
