#include "kernels/pairs.h"

#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

void window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  visit_float(queries.dtype(), "window_pairs", [&](auto t) {
    using T = decltype(t);
    const Elements<T> q(queries), k(keys), to(pairs);
    const std::int64_t width = queries.size(1);
    for (std::int64_t e = 0; e < windows.entries(); ++e) {
      const std::int64_t w = windows.entry_windows()[e], v = windows.entry_values()[e];
      for (std::int64_t j = 0; j < width; ++j) {
        to(e, j) = q(w, j);
        to(e, width + j) = k(v, j);
        to(e, 2 * width + j) = q(w, j) * k(v, j);
      }
    }
  });
}

void window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows, const Tensor& grad_pairs,
                           Tensor& grad_queries, Tensor& grad_keys) {
  visit_float(queries.dtype(), "window_pairs_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> q(queries), k(keys), from(grad_pairs), to_q(grad_queries), to_k(grad_keys);
    const std::int64_t width = queries.size(1);
    std::vector<double> dq(to_q.size()), dk(static_cast<std::size_t>(to_k.size()));
    for (std::int64_t e = 0; e < windows.entries(); ++e) {
      const std::int64_t w = windows.entry_windows()[e], v = windows.entry_values()[e];
      for (std::int64_t j = 0; j < width; ++j) {
        const double product = from(e, 2 * width + j);
        dq[w * width + j] += from(e, j) + product * k(v, j);
        dk[v * width + j] += from(e, width + j) + product * q(w, j);
      }
    }
    for (std::int64_t i = 0; i < to_q.size(); ++i) to_q[i] = static_cast<T>(dq[i]);
    for (std::int64_t i = 0; i < to_k.size(); ++i) to_k[i] = static_cast<T>(dk[i]);
  });
}

}  // namespace seqrec::kernels::reference
