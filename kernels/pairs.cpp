#include "kernels/pairs.h"

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_pair(const Arguments& arguments, const Tensor& queries, const Tensor& keys, const Windows& windows) {
  arguments.floating("queries", queries);
  arguments.rank("queries", queries, 2);
  arguments.input("queries", queries, {windows.size(), queries.size(1)}, queries.dtype());
  arguments.input("keys", keys, {windows.values(), queries.size(1)}, queries.dtype());
}

void check::window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  const Arguments arguments{"window_pairs"};
  check_pair(arguments, queries, keys, windows);
  arguments.result("pairs", pairs, {windows.entries(), 3 * queries.size(1)}, queries.dtype());
}

void check::window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows,
                                  const Tensor& grad_pairs, Tensor& grad_queries, Tensor& grad_keys) {
  const Arguments arguments{"window_pairs_backward"};
  check_pair(arguments, queries, keys, windows);
  arguments.input("grad_pairs", grad_pairs, {windows.entries(), 3 * queries.size(1)}, queries.dtype());
  arguments.result("grad_queries", grad_queries, queries.shape(), queries.dtype());
  arguments.result("grad_keys", grad_keys, keys.shape(), queries.dtype());
}

}  // namespace seqrec::kernels
