#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/catalogue_tiles.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/normaliser.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cross_entropy.h"
#include "kernels/visit.h"

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
constexpr std::int64_t kPartClasses = 128;  // a part holds a multiple of it, itself one of every variant's panel
constexpr std::int64_t kParts = 8;          // of the classes, each with normalisers of all rows

template <class T>
struct Catalogue {
  std::int64_t rows, classes, width;
  const T *hidden, *table;
  std::span<const std::int32_t> targets, excluded;
  T *losses, *grad_hidden, *grad_table;  // gradients: null where not asked for

  /// out [m, n] = the logits of rows from i on and n classes, whose vectors are `packed`.
  void logits(std::int64_t i, std::int64_t m, const T* packed, std::int64_t n, T* out, std::int64_t stride) const {
    gemm_packed<T>(m, n, width, T{1}, {hidden + i * width, width, 1}, packed, false, out, stride);
  }
  /// Leaves what is excluded out of n classes from c on, whose logits are made.
  void exclude(std::int64_t i, std::int64_t m, std::int64_t c, std::int64_t n, T* logits, std::int64_t stride) const {
    if (excluded.empty()) return;
    for (std::int64_t row = 0; row < m; ++row) {
      const std::int64_t place = excluded[i + row] - c;
      if (place >= 0 && place < n) logits[row * stride + place] = -std::numeric_limits<T>::infinity();
    }
  }
};

/// Calls body(part, c, n, row, m, logits) for blocks of classes [c, c + n) and tiles of rows [row, row + m) of them; a
/// thread takes whole parts of the classes.
template <class T, class Body>
void for_blocks(const Catalogue<T>& q, std::int64_t part, Body&& body) {
  for_ranges(q.classes, part, [&](std::int64_t begin, std::int64_t end) {
    const Workspace<T> logits(kTileRows * kBlockClasses), panels(q.width * kBlockClasses);
    for (std::int64_t c = begin; c < end; c += kBlockClasses) {
      const std::int64_t n = std::min(kBlockClasses, end - c);
      pack_panels<T>(q.width, 0, n, {q.table + c * q.width, 1, q.width}, panels.data());
      for (std::int64_t row = 0; row < q.rows; row += kTileRows) {
        const std::int64_t m = std::min(kTileRows, q.rows - row);
        q.logits(row, m, panels.data(), n, logits.data(), kBlockClasses);
        q.exclude(row, m, c, n, logits.data(), kBlockClasses);
        body(begin / part, c, n, row, m, logits.data());
      }
    }
  });
}

/// Losses, and each row's normaliser.
template <class T>
std::vector<Normaliser<T>> normalise(const Catalogue<T>& q) {
  const std::int64_t part = part_size(q.classes, kPartClasses, kParts), parts = num_ranges(q.classes, part);
  std::vector<Normaliser<T>> normalisers(static_cast<std::size_t>(parts * q.rows));  // the first part's stay
  for_blocks(q, part, [&](std::int64_t p, std::int64_t c, std::int64_t n, std::int64_t row, std::int64_t m, T* x) {
    for (std::int64_t i = row; i < row + m; ++i, x += kBlockClasses) {
      normalisers[p * q.rows + i].add(n, x);
      const std::int64_t place = q.targets[i] - c;
      if (place >= 0 && place < n) q.losses[i] = x[place];
    }
  });
  for (std::int64_t i = 0; i < q.rows; ++i) {
    for (std::int64_t p = 1; p < parts; ++p) normalisers[i].add(normalisers[p * q.rows + i]);
    q.losses[i] = normalisers[i].loss(q.losses[i]);
  }
  return normalisers;
}

/// Losses and gradients of a tile of rows with all its classes: `logits` [tile, stride] and `scaled` [tile, width] are
/// workspace.
template <class T>
void cached_tile(const Catalogue<T>& q, const Packed<T>& packed, std::int64_t begin, std::int64_t end, T* logits,
                 std::int64_t stride, T* scaled, T* grad_table, bool add) {
  const std::int64_t m = end - begin;
  for (std::int64_t c = 0; c < q.classes; c += kBlockClasses)
    q.logits(begin, m, packed.from(c), std::min(kBlockClasses, q.classes - c), logits + c, stride);
  q.exclude(begin, m, 0, q.classes, logits, stride);
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
  const Packed<T> packed(q.width, q.classes, {q.table, 1, q.width});
  const std::int64_t stride = num_ranges(q.classes, 16) * 16;
  const PartialSums<T> sums(q.rows, kTileRows, q.grad_table ? q.classes * q.width : 0, q.grad_table);
  sums.over([&](std::int64_t begin, std::int64_t end, T* part) {
    const Workspace<T> logits(kTileRows * stride), scaled(kTileRows * q.width);
    T* grad_table = q.grad_table ? part : nullptr;
    for (std::int64_t i = begin; i < end; i += kTileRows)
      cached_tile(q, packed, i, std::min(end, i + kTileRows), logits.data(), stride, scaled.data(), grad_table,
                  i > begin);
  });
}

template <class T>
void large_table(const Catalogue<T>& q) {
  const std::vector<Normaliser<T>> normalisers = normalise(q);
  const PartialSums<T> sums(q.classes, kPartClasses, q.grad_hidden ? q.rows * q.width : 0, q.grad_hidden);
  const std::int64_t part = sums.part_size();
  for_blocks(q, part, [&](std::int64_t p, std::int64_t c, std::int64_t n, std::int64_t row, std::int64_t m, T* logits) {
    for (std::int64_t i = 0; i < m; ++i) {
      const Normaliser<T>& normaliser = normalisers[row + i];
      T* x = logits + i * kBlockClasses;
      row_exp<T>(n, x, normaliser.max, static_cast<T>(1 / normaliser.sum), x);
      const std::int64_t place = q.targets[row + i] - c;
      if (place >= 0 && place < n) x[place] -= 1;
    }
    if (q.grad_table)
      gemm_rows<T>(n, q.width, m, T{1}, {logits, 1, kBlockClasses}, {q.hidden + row * q.width, q.width, 1}, row > 0,
                   q.grad_table + c * q.width, q.width);
    if (q.grad_hidden)
      gemm_rows<T>(m, q.width, n, T{1}, {logits, kBlockClasses, 1}, {q.table + c * q.width, q.width, 1}, c > p * part,
                   sums.part(p) + row * q.width, q.width);
  });
  sums.add_up();
}

}  // namespace

void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, const Index& excluded,
                             double scale, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
  visit_real(hidden.dtype(), "catalogue_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Tensor h = contiguous(hidden), e = contiguous(table);
    const std::int64_t rows = h.size(0), classes = e.size(0), width = e.size(1);
    if (rows == 0) {
      if (grad_table.defined()) fill(0, grad_table);
      return;
    }
    const Catalogue<T> q{rows,
                         classes,
                         width,
                         h.data<T>(),
                         e.data<T>(),
                         targets.host(),
                         excluded.host(),
                         losses.data<T>(),
                         grad_hidden.defined() ? grad_hidden.data<T>() : nullptr,
                         grad_table.defined() ? grad_table.data<T>() : nullptr};
    if (!q.grad_hidden && !q.grad_table)
      normalise(q);
    else if (classes * width * static_cast<std::int64_t>(sizeof(T)) <= kCachedTableBytes)
      cached_table(q);
    else
      large_table(q);
    scale_all(scale, {losses, grad_hidden, grad_table});
  });
}

}  // namespace seqrec::kernels::cpu
