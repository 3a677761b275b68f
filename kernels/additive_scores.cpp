#include "kernels/additive_scores.h"

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_operands(const Arguments& arguments, const Tensor& queries, const Tensor& keys, const Tensor& vector,
                           const Index& rows, const Windows& windows) {
  arguments.floating("keys", keys);
  arguments.rank("keys", keys, 2);
  arguments.input("queries", queries, {windows.size(), keys.size(1)}, keys.dtype());
  arguments.input("vector", vector, {keys.size(1)}, keys.dtype());
  arguments.ids("rows", rows, windows.values(), keys.size(0));
}

void check::window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                                   const Windows& windows, Tensor& scores) {
  const Arguments arguments{"window_additive_scores"};
  check_operands(arguments, queries, keys, vector, rows, windows);
  arguments.result("scores", scores, {windows.entries()}, keys.dtype());
}

void check::window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                            const Tensor& vector, const Index& rows, const Windows& windows,
                                            Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  const Arguments arguments{"window_additive_scores_backward"};
  check_operands(arguments, queries, keys, vector, rows, windows);
  arguments.input("grad_scores", grad_scores, {windows.entries()}, keys.dtype());
  arguments.result("grad_queries", grad_queries, queries.shape(), keys.dtype());
  arguments.result("grad_keys", grad_keys, keys.shape(), keys.dtype());
  arguments.result("grad_vector", grad_vector, vector.shape(), keys.dtype());
}

}  // namespace seqrec::kernels
