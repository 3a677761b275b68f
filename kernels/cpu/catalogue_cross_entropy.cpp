#include <algorithm>
#include <vector>

#include "core/parallel.h"
#include "kernels/copy.h"
#include "kernels/cpu/catalogue_tiles.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/normaliser.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cross_entropy.h"

// With P = softmax(H E^T) - onehot: grad H = P E, grad E = P^T H. Two ways to make them without keeping P:
//
// * A table that fits the cache: tiles of rows, each with all its classes, so that three products do. Each part of the
//   rows sums its own grad E.
// * A large table: first the normalisers of all rows, then, block of classes by block, the logits a second time, so
//   that a block of E and of grad E stay in the cache while all rows pass. Each part of the classes sums its own grad
//   H.
//
// Parts are fixed by the shapes, and their sums are added in order.
namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kCachedTableBytes = std::int64_t{2} << 20;

template <class T>
struct Catalogue {
  std::int64_t rows, classes, width;
  const T *hidden, *table;
  std::span<const std::int32_t> targets;
  const Packed<T>& packed;               // table^T
  T *losses, *grad_hidden, *grad_table;  // gradients: null where not asked for

  /// out [m, n] = the logits of rows from i on and classes from c on.
  void logits(std::int64_t i, std::int64_t m, std::int64_t c, std::int64_t n, T* out, std::int64_t stride) const {
    gemm_packed<T>(m, n, width, T{1}, {hidden + i * width, width, 1}, packed.from(c), false, out, stride);
  }
};

/// Losses, and each row's normaliser where asked for, of a tile of rows.
template <class T>
void normalise_tile(const Catalogue<T>& q, std::int64_t begin, std::int64_t end, Normaliser<T>* normalisers) {
  const Workspace<T> logits(kTileRows * kBlockClasses);
  Normaliser<T> own[kTileRows];
  T targets[kTileRows] = {};
  for (std::int64_t c = 0; c < q.classes; c += kBlockClasses) {
    const std::int64_t n = std::min(kBlockClasses, q.classes - c);
    q.logits(begin, end - begin, c, n, logits.data(), kBlockClasses);
    for (std::int64_t i = begin; i < end; ++i) {
      const T* x = logits.data() + (i - begin) * kBlockClasses;
      own[i - begin].add(n, x);
      const std::int64_t place = q.targets[i] - c;
      if (place >= 0 && place < n) targets[i - begin] = x[place];
    }
  }
  for (std::int64_t i = begin; i < end; ++i) {
    q.losses[i] = own[i - begin].loss(targets[i - begin]);
    if (normalisers) normalisers[i] = own[i - begin];
  }
}

template <class T>
void normalise(const Catalogue<T>& q, Normaliser<T>* normalisers) {
  parallel_for(q.rows, kTileRows,
               [&](std::int64_t begin, std::int64_t end) { normalise_tile(q, begin, end, normalisers); });
}

/// Losses and gradients of a tile of rows with all its classes: `logits` [tile, stride] and `scaled` [tile, width] are
/// workspace.
template <class T>
void cached_tile(const Catalogue<T>& q, std::int64_t begin, std::int64_t end, T* logits, std::int64_t stride, T* scaled,
                 T* grad_table, bool add) {
  const std::int64_t m = end - begin;
  for (std::int64_t c = 0; c < q.classes; c += kBlockClasses)
    q.logits(begin, m, c, std::min(kBlockClasses, q.classes - c), logits + c, stride);
  // P stays unnormalised, exp(x - max) - sum onehot: the width is shorter than the row to divide.
  T factors[kTileRows];
  for (std::int64_t i = 0; i < m; ++i) {
    T* x = logits + i * stride;
    T& at_target = x[q.targets[begin + i]];
    const T target = at_target;
    Normaliser<T> normaliser;
    normaliser.add(q.classes, x, x);
    q.losses[begin + i] = normaliser.loss(target);
    at_target -= static_cast<T>(normaliser.sum);
    factors[i] = static_cast<T>(1 / normaliser.sum);
    row_scale<T>(q.width, factors[i], q.hidden + (begin + i) * q.width, scaled + i * q.width);
  }
  T* grad_hidden = q.grad_hidden ? q.grad_hidden + begin * q.width : nullptr;
  for (std::int64_t c = 0; c < q.classes; c += kBlockClasses) {
    const std::int64_t n = std::min(kBlockClasses, q.classes - c);
    if (grad_hidden)
      gemm_rows<T>(m, q.width, n, T{1}, {logits + c, stride, 1}, {q.table + c * q.width, q.width, 1}, c > 0,
                   grad_hidden, q.width);
    if (grad_table)
      gemm_rows<T>(n, q.width, m, T{1}, {logits + c, 1, stride}, {scaled, q.width, 1}, add, grad_table + c * q.width,
                   q.width);
  }
  if (grad_hidden)
    for (std::int64_t i = 0; i < m; ++i)
      row_scale<T>(q.width, factors[i], grad_hidden + i * q.width, grad_hidden + i * q.width);
}

template <class T>
void cached_table(const Catalogue<T>& q) {
  const std::int64_t size = q.classes * q.width;
  const std::int64_t part = part_size(q.rows, kTileRows, size * static_cast<std::int64_t>(sizeof(T)));
  const PartialSums<T> sums(q.grad_table, size, num_ranges(q.rows, part));
  const std::int64_t stride = num_ranges(q.classes, 16) * 16;
  parallel_for(q.rows, part, [&](std::int64_t begin, std::int64_t end) {
    const Workspace<T> logits(kTileRows * stride), scaled(kTileRows * q.width);
    T* grad_table = q.grad_table ? sums.part(begin / part) : nullptr;
    for (std::int64_t i = begin; i < end; i += kTileRows)
      cached_tile(q, i, std::min(end, i + kTileRows), logits.data(), stride, scaled.data(), grad_table, i > begin);
  });
  sums.reduce();
}

/// Gradients of a block of classes, all rows. grad_hidden (all rows') is added to where `add`.
template <class T>
void class_block(const Catalogue<T>& q, const Normaliser<T>* normalisers, std::int64_t begin, std::int64_t end,
                 T* logits, T* grad_hidden, bool add) {
  const std::int64_t n = end - begin;
  for (std::int64_t row = 0; row < q.rows; row += kTileRows) {
    const std::int64_t m = std::min(kTileRows, q.rows - row);
    q.logits(row, m, begin, n, logits, kBlockClasses);
    for (std::int64_t i = 0; i < m; ++i) {
      const Normaliser<T>& normaliser = normalisers[row + i];
      T* x = logits + i * kBlockClasses;
      row_exp<T>(n, x, normaliser.max, static_cast<T>(1 / normaliser.sum), x);
      const std::int64_t place = q.targets[row + i] - begin;
      if (place >= 0 && place < n) x[place] -= 1;
    }
    if (q.grad_table)
      gemm_rows<T>(n, q.width, m, T{1}, {logits, 1, kBlockClasses}, {q.hidden + row * q.width, q.width, 1}, row > 0,
                   q.grad_table + begin * q.width, q.width);
    if (grad_hidden)
      gemm_rows<T>(m, q.width, n, T{1}, {logits, kBlockClasses, 1}, {q.table + begin * q.width, q.width, 1}, add,
                   grad_hidden + row * q.width, q.width);
  }
}

template <class T>
void large_table(const Catalogue<T>& q) {
  std::vector<Normaliser<T>> normalisers(static_cast<std::size_t>(q.rows));
  normalise(q, normalisers.data());
  const std::int64_t size = q.rows * q.width;
  const std::int64_t part = part_size(q.classes, kBlockClasses, size * static_cast<std::int64_t>(sizeof(T)));
  const PartialSums<T> sums(q.grad_hidden, size, num_ranges(q.classes, part));
  parallel_for(q.classes, part, [&](std::int64_t begin, std::int64_t end) {
    const Workspace<T> logits(kTileRows * kBlockClasses);
    T* grad_hidden = q.grad_hidden ? sums.part(begin / part) : nullptr;
    for (std::int64_t c = begin; c < end; c += kBlockClasses)
      class_block(q, normalisers.data(), c, std::min(end, c + kBlockClasses), logits.data(), grad_hidden, c > begin);
  });
  sums.reduce();
}

}  // namespace

void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, Tensor& losses,
                             Tensor& grad_hidden, Tensor& grad_table) {
  visit_float(hidden.dtype(), "catalogue_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Tensor h = contiguous(hidden), e = contiguous(table);
    const std::int64_t rows = h.size(0), classes = e.size(0), width = e.size(1);
    if (rows == 0) {
      if (grad_table.defined()) fill(0, grad_table);
      return;
    }
    const Packed<T> packed(width, classes, {e.data<T>(), 1, width});
    const Catalogue<T> q{rows,
                         classes,
                         width,
                         h.data<T>(),
                         e.data<T>(),
                         targets.host(),
                         packed,
                         losses.data<T>(),
                         grad_hidden.defined() ? grad_hidden.data<T>() : nullptr,
                         grad_table.defined() ? grad_table.data<T>() : nullptr};
    if (!q.grad_hidden && !q.grad_table)
      normalise<T>(q, nullptr);
    else if (classes * width * static_cast<std::int64_t>(sizeof(T)) <= kCachedTableBytes)
      cached_table(q);
    else
      large_table(q);
  });
}

}  // namespace seqrec::kernels::cpu
