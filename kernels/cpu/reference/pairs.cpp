#include "kernels/pairs.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  const Array q = gather(matrix(queries), windows.entry_windows()), k = gather(matrix(keys), windows.entry_values());
  write(pairs, beside({q, k, q * k}));
}

void window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows, const Tensor& grad_pairs,
                           Tensor& grad_queries, Tensor& grad_keys) {
  const std::int64_t width = queries.size(1);
  const Array q = gather(matrix(queries), windows.entry_windows()), k = gather(matrix(keys), windows.entry_values());
  const Array grad = matrix(grad_pairs), of_product = grad.rightCols(width);
  write(grad_queries, scatter(windows.size(), windows.entry_windows(), grad.leftCols(width) + of_product * k));
  write(grad_keys, scatter(windows.values(), windows.entry_values(), grad.middleCols(width, width) + of_product * q));
}

}  // namespace seqrec::kernels::reference
