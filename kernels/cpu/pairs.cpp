#include "kernels/pairs.h"

#include <algorithm>

#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/elementwise.h"

namespace seqrec::kernels::cpu {
namespace {

/// sum += own + product * other.
template <class T>
void add_terms(std::int64_t width, const T* own, const T* product, const T* other, T* sum) {
  for (std::int64_t j = 0; j < width; ++j) sum[j] += own[j] + product[j] * other[j];
}

}  // namespace

void window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  visit_float(queries.dtype(), "window_pairs", [&](auto t) {
    using T = decltype(t);
    const Tensor left = dense(queries), right = dense(keys);
    const std::int64_t width = queries.size(1);
    const auto rows = windows.entry_windows().host(), values = windows.entry_values().host();
    for_ranges(windows.entries(), row_grain(3 * width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t e = begin; e < end; ++e) {
        const T* q = left.data<T>() + rows[e] * width;
        const T* k = right.data<T>() + values[e] * width;
        T* to = pairs.data<T>() + e * 3 * width;
        std::copy_n(q, width, to);
        std::copy_n(k, width, to + width);
        binary_loop<T>(Binary::Mul, 1, width, {q, 0, 1}, {k, 0, 1}, to + 2 * width);
      }
    });
  });
}

void window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows, const Tensor& grad_pairs,
                           Tensor& grad_queries, Tensor& grad_keys) {
  visit_float(queries.dtype(), "window_pairs_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor left = dense(queries), right = dense(keys), grads = dense(grad_pairs);
    const T *q = left.data<T>(), *k = right.data<T>(), *from = grads.data<T>();
    const std::int64_t width = queries.size(1), row = 3 * width;
    const auto rows = windows.entry_windows().host(), values = windows.entry_values().host();
    const std::int64_t grain = row_grain(row * per_group(windows.entries(), windows.size()));
    for_ranges(windows.size(), grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t w = begin; w < end; ++w) {
        T* to = grad_queries.data<T>() + w * width;
        std::fill_n(to, width, T(0));
        const auto offsets = windows.offsets();
        for (auto e = static_cast<std::size_t>(offsets[w]); e < static_cast<std::size_t>(offsets[w + 1]); ++e) {
          const T* grad = from + static_cast<std::int64_t>(e) * row;
          add_terms(width, grad, grad + 2 * width, k + values[e] * width, to);
        }
      }
    });
    for_table_rows(windows.entry_values(), windows.values(), row,
                   [&](std::int64_t v, std::span<const std::int32_t> entries) {
                     T* to = grad_keys.data<T>() + v * width;
                     std::fill_n(to, width, T(0));
                     for (const std::int32_t e : entries) {
                       const T* grad = from + e * row;
                       add_terms(width, grad + width, grad + 2 * width, q + rows[e] * width, to);
                     }
                   });
  });
}

}  // namespace seqrec::kernels::cpu
