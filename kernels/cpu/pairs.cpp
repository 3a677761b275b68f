#include "kernels/pairs.h"

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

void window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  visit_real(queries.dtype(), "window_pairs", [&](auto t) {
    using T = decltype(t);
    const Tensor left = contiguous(queries), right = contiguous(keys);
    const std::int64_t width = queries.size(1);
    const auto rows = windows.entry_windows().host(), values = windows.entry_values().host();
    for_rows(windows.entries(), 3 * width, [&](std::int64_t e) {
      const T* q = left.data<T>() + rows[e] * width;
      const T* k = right.data<T>() + values[e] * width;
      T* to = pairs.data<T>() + e * 3 * width;
      std::copy_n(q, width, to);
      std::copy_n(k, width, to + width);
      row_multiply<T>(width, q, k, to + 2 * width);
    });
  });
}

void window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows, const Tensor& grad_pairs,
                           Tensor& grad_queries, Tensor& grad_keys) {
  visit_real(queries.dtype(), "window_pairs_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor left = contiguous(queries), right = contiguous(keys), grads = contiguous(grad_pairs);
    const T *q = left.data<T>(), *k = right.data<T>(), *from = grads.data<T>();
    const std::int64_t width = queries.size(1), row = 3 * width;
    const std::int32_t *rows = windows.entry_windows().host().data(), *values = windows.entry_values().host().data();
    for_windows(windows, row, [&](std::int64_t w, std::int64_t, std::int64_t entry, std::int64_t n) {
      const T* grad = from + entry * row;
      sum_products<T>(n, nullptr, grad, grad + 2 * width, row, values + entry, k, width,
                      grad_queries.data<T>() + w * width);
    });
    for_table_rows(windows.entry_values(), windows.values(), row,
                   [&](std::int64_t v, std::span<const std::int32_t> entries) {
                     sum_products<T>(std::ssize(entries), entries.data(), from + width, from + 2 * width, row, rows, q,
                                     width, grad_keys.data<T>() + v * width);
                   });
  });
}

}  // namespace seqrec::kernels::cpu
