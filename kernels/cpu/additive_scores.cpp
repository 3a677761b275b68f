#include "kernels/additive_scores.h"

#include "kernels/cpu/gemm.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/additive_scores.h"
#include "kernels/reduce.h"

namespace seqrec::kernels::cpu {

constexpr std::int64_t kSigmoid = 16;  // a sigmoid costs as much as so many elements read

/// Calls each(window, its first value, its first entry, its length) for every window, in parallel.
template <class F>
static void for_scored_windows(const Windows& windows, std::int64_t width, F&& each) {
  const std::int64_t length = per_group(windows.entries(), windows.size());
  for_ranges(windows.size(), row_grain(kSigmoid * width * length), [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t w = from; w < to; ++w) {
      const auto i = static_cast<std::size_t>(w);
      each(w, windows.begin()[i], windows.offsets()[i], windows.length(w));
    }
  });
}

void window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                            const Windows& windows, Tensor& scores) {
  visit_float(keys.dtype(), "window_additive_scores", [&](auto t) {
    using T = decltype(t);
    const Tensor query = dense(queries), key = dense(keys), factor = dense(vector);
    const std::int64_t width = keys.size(1);
    const std::int32_t* row = rows.host().data();
    for_scored_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
      additive_scores<T>(n, query.data<T>() + w * width, row + value, key.data<T>(), factor.data<T>(), width,
                         scores.data<T>() + entry);
    });
  });
}

void window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                     const Tensor& vector, const Index& rows, const Windows& windows,
                                     Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  visit_float(keys.dtype(), "window_additive_scores_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = dense(grad_scores), query = dense(queries), key = dense(keys), factor = dense(vector);
    const std::int64_t width = keys.size(1);
    const T* grad = grads.data<T>();
    const std::int32_t *row = rows.host().data(), *window = windows.entry_windows().host().data();
    const Tensor vectors(queries.shape(), queries.dtype());  // a window's part of the vector's gradient
    for_scored_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
      additive_scores_backward<T>(n, nullptr, grad + entry, query.data<T>() + w * width, row + value, key.data<T>(),
                                  factor.data<T>(), width, grad_queries.data<T>() + w * width,
                                  vectors.data<T>() + w * width);
    });
    // Each sigmoid is made a second time: that is cheaper than to write and read them all.
    for_table_entries(rows, windows, keys.size(0), kSigmoid * width,
                      [&](std::int64_t k, std::span<const std::int32_t> entries) {
                        additive_scores_backward<T>(std::ssize(entries), entries.data(), grad,
                                                    key.data<T>() + k * width, window, query.data<T>(),
                                                    factor.data<T>(), width, grad_keys.data<T>() + k * width, nullptr);
                      });
    Tensor sums = grad_vector.reshape({1, width});
    cpu::sum(vectors, sums);
  });
}

}  // namespace seqrec::kernels::cpu
