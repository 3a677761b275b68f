#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cpu/catalogue_tiles.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cross_entropy.h"
#include "kernels/visit.h"

// With P = sigmoid(H E^T) - targets: grad H = P E, grad E = P^T H. Tiles of rows pass over blocks of classes; P is made
// in place of a tile's logits and used while it is in cache. Each part of the rows sums its own grad E.
namespace seqrec::kernels::cpu {
namespace {

template <class T>
struct Labelled {
  std::int64_t classes, width;
  const T *hidden, *table;
  const Packed<T>& packed;  // table^T
  std::span<const std::int32_t> labels;
  const Windows& windows;
  T *losses, *grad_hidden;
};

/// Rows [begin, end): their losses and gradients; grad_table (null: none) is added to where `add`.
template <class T>
void tile(const Labelled<T>& q, std::int64_t begin, std::int64_t end, T* logits, T* grad_table, bool add) {
  const std::int64_t m = end - begin, width = q.width;
  const bool gradients = q.grad_hidden || grad_table;
  double losses[kTileRows] = {};
  for (std::int64_t c = 0; c < q.classes; c += kBlockClasses) {
    const std::int64_t n = std::min(kBlockClasses, q.classes - c);
    gemm_packed<T>(m, n, width, T(1), {q.hidden + begin * width, width, 1}, q.packed.from(c), false, logits,
                   kBlockClasses);
    for (std::int64_t i = 0; i < m; ++i) {
      T* x = logits + i * kBlockClasses;
      const auto first = static_cast<std::size_t>(q.windows.begin()[begin + i]);
      const auto labels = q.labels.subspan(first, q.windows.length(begin + i));
      const auto for_labels = [&](auto each) {
        for (const std::int32_t label : labels)
          if (label >= c && label < c + n) each(x[label - c]);
      };
      for_labels([&](T logit) { losses[i] -= logit; });
      losses[i] += row_softplus<T>(n, x, gradients ? x : nullptr);
      if (gradients) for_labels([](T& slope) { slope -= 1; });
    }
    if (q.grad_hidden)
      gemm_rows<T>(m, width, n, T(1), {logits, kBlockClasses, 1}, {q.table + c * width, width, 1}, c > 0,
                   q.grad_hidden + begin * width, width);
    if (grad_table)
      gemm_rows<T>(n, width, m, T(1), {logits, 1, kBlockClasses}, {q.hidden + begin * width, width, 1}, add,
                   grad_table + c * width, width);
  }
  for (std::int64_t i = 0; i < m; ++i) q.losses[begin + i] = static_cast<T>(losses[i]);
}

}  // namespace

void catalogue_binary_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& classes,
                                    const Windows& windows, double scale, Tensor& losses, Tensor& grad_hidden,
                                    Tensor& grad_table) {
  visit_real(hidden.dtype(), "catalogue_binary_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Tensor h = contiguous(hidden), e = contiguous(table);
    const std::int64_t rows = h.size(0), width = h.size(1), size = e.numel();
    if (rows == 0 || e.size(0) == 0) {
      cpu::fill(0, losses);
      if (grad_hidden.defined()) cpu::fill(0, grad_hidden);
      if (grad_table.defined()) cpu::fill(0, grad_table);
      return;
    }
    const Packed<T> packed(width, e.size(0), {e.data<T>(), 1, width});
    const Labelled<T> q{e.size(0),
                        width,
                        h.data<T>(),
                        e.data<T>(),
                        packed,
                        classes.host(),
                        windows,
                        losses.data<T>(),
                        grad_hidden.defined() ? grad_hidden.data<T>() : nullptr};
    const bool wanted = grad_table.defined();
    const PartialSums<T> sums(rows, kTileRows, wanted ? size : 0, wanted ? grad_table.data<T>() : nullptr);
    sums.over([&](std::int64_t begin, std::int64_t end, T* part) {
      const Workspace<T> logits(kTileRows * kBlockClasses);
      for (std::int64_t i = begin; i < end; i += kTileRows)
        tile(q, i, std::min(end, i + kTileRows), logits.data(), wanted ? part : nullptr, i > begin);
    });
    scale_all(scale, {losses, grad_hidden, grad_table});
  });
}

}  // namespace seqrec::kernels::cpu
