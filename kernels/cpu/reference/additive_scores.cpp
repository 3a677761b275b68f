#include "kernels/additive_scores.h"

#include <cmath>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

void window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                            const Windows& windows, Tensor& scores) {
  visit_float(keys.dtype(), "window_additive_scores", [&](auto t) {
    using T = decltype(t);
    const Elements<T> query(queries), key(keys), factor(vector), to(scores);
    std::int64_t e = 0;
    for (std::int64_t w = 0; w < windows.size(); ++w)
      for (std::int64_t v = windows.begin()[w]; v < windows.end()[w]; ++v, ++e) {
        double sum = 0;
        for (std::int64_t j = 0; j < keys.size(1); ++j)
          sum += factor(j) / (1 + std::exp(-(static_cast<double>(query(w, j)) + key(rows[v], j))));
        to(e) = static_cast<T>(sum);
      }
  });
}

void window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                     const Tensor& vector, const Index& rows, const Windows& windows,
                                     Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  visit_float(keys.dtype(), "window_additive_scores_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> grad(grad_scores), query(queries), key(keys), factor(vector);
    Sums<T> d_query(grad_queries), d_key(grad_keys), d_factor(grad_vector);
    std::int64_t e = 0;
    for (std::int64_t w = 0; w < windows.size(); ++w)
      for (std::int64_t v = windows.begin()[w]; v < windows.end()[w]; ++v, ++e)
        for (std::int64_t j = 0; j < keys.size(1); ++j) {
          const double s = 1 / (1 + std::exp(-(static_cast<double>(query(w, j)) + key(rows[v], j))));
          const double d = grad(e) * factor(j) * s * (1 - s);
          d_query(w, j) += d;
          d_key(rows[v], j) += d;
          d_factor(0, j) += grad(e) * s;
        }
  });
}

}  // namespace seqrec::kernels::reference
