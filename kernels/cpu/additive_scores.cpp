#include "kernels/additive_scores.h"

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/additive_scores.h"
#include "kernels/reduce.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

static constexpr std::int64_t kSigmoid = 16;  // a sigmoid costs as much as so many elements read

void window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                            const Windows& windows, Tensor& scores) {
  visit_real(keys.dtype(), "window_additive_scores", [&](auto t) {
    using T = decltype(t);
    const Tensor query = contiguous(queries), key = contiguous(keys), factor = contiguous(vector);
    const std::int64_t width = keys.size(1);
    const std::int32_t* row = rows.host().data();
    for_windows(windows, kSigmoid * width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
      additive_scores<T>(n, query.data<T>() + w * width, row + value, key.data<T>(), factor.data<T>(), width,
                         scores.data<T>() + entry);
    });
  });
}

void window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                     const Tensor& vector, const Index& rows, const Windows& windows,
                                     Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  visit_real(keys.dtype(), "window_additive_scores_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_scores), query = contiguous(queries), key = contiguous(keys),
                 factor = contiguous(vector);
    const std::int64_t width = keys.size(1);
    const T* grad = grads.data<T>();
    const std::int32_t *row = rows.host().data(), *window = windows.entry_windows().host().data();
    const Tensor vectors(queries.shape(), queries.dtype());  // a window's part of the vector's gradient
    for_windows(windows, kSigmoid * width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
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
