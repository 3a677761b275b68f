#include "kernels/topk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/best.h"
#include "kernels/cpu/excluded.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kScoreRows = 32;
constexpr std::int64_t kScoreClasses = 2048;   // a tile of scores lies in the cache
constexpr std::int64_t kPackedClasses = 8192;  // packed at once: bounded memory beside the table
constexpr std::int64_t kTargetRows = 16;       // rows whose targets are scored in one product

/// The classes that are left out for each of so many rows.
std::vector<Excluded> excluded_of(const Ragged& lists, std::int64_t rows) {
  std::vector<Excluded> out(static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows && !lists.empty(); ++row)
    out[static_cast<std::size_t>(row)] = Excluded(lists[row]);
  return out;
}

/// Calls visit(row, begin, n, scores) for every row and block of classes from `first` on; a row's blocks come in
/// ascending order, rows on all threads.
template <class T, class F>
void for_scores(const Tensor& hidden, const Tensor& table, std::int64_t first, F visit) {
  const std::int64_t rows = hidden.size(0), classes = table.size(0), width = table.size(1);
  for (std::int64_t from = first; from < classes; from += kPackedClasses) {
    const std::int64_t some = std::min(kPackedClasses, classes - from);
    const Packed<T> packed(width, some, {table.data<T>() + from * width, 1, width});
    for_ranges(rows, kScoreRows, [&](std::int64_t begin, std::int64_t end) {
      const Workspace<T> scores(kScoreRows * kScoreClasses);
      for (std::int64_t c = 0; c < some; c += kScoreClasses) {
        const std::int64_t n = std::min(kScoreClasses, some - c);
        gemm_packed<T>(end - begin, n, width, T{1}, {hidden.data<T>() + begin * width, width, 1}, packed.from(c), false,
                       scores.data(), kScoreClasses);
        for (std::int64_t i = begin; i < end; ++i) visit(i, from + c, n, scores.data() + (i - begin) * kScoreClasses);
      }
    });
  }
}

/// The score of each row's target, by the same product as all others: the same bits.
template <class T>
std::vector<T> target_scores(const Tensor& hidden, const Tensor& table, const Index& targets) {
  const std::int64_t width = table.size(1);
  std::vector<T> out(hidden.size(0));
  for_ranges(hidden.size(0), kTargetRows, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t n = end - begin;
    const Workspace<T> chosen(n * width);
    for (std::int64_t i = 0; i < n; ++i)
      std::copy_n(table.data<T>() + targets[begin + i] * width, width, chosen.data() + i * width);
    const Packed<T> packed(width, n, {chosen.data(), 1, width});
    T scores[kTargetRows * kTargetRows];
    gemm_packed<T>(n, n, width, T{1}, {hidden.data<T>() + begin * width, width, 1}, packed.data(), false, scores,
                   kTargetRows);
    for (std::int64_t i = 0; i < n; ++i) out[begin + i] = scores[i * kTargetRows + i];
  });
  return out;
}

/// How many of x [n], the scores of classes from `begin` on, stand before the target.
template <class T>
std::int64_t count_before(std::int64_t begin, std::int64_t n, const T* x, T target_score, std::int64_t target) {
  const std::int64_t split = std::clamp<std::int64_t>(target - begin, 0, n);
  const std::int64_t after = std::clamp<std::int64_t>(target + 1 - begin, 0, n);
  return row_count_not_less<T>(split, x, target_score) + row_count_greater<T>(n - after, x + after, target_score);
}

}  // namespace

void topk(const Tensor& scores, std::int64_t k, Tensor& values, Tensor& ids) {
  visit_real(scores.dtype(), "topk", [&](auto t) {
    using T = decltype(t);
    const std::int64_t columns = scores.size(1);
    for_rows(scores.size(0), columns, [&](std::int64_t i) {
      std::vector<typename Best<T>::Entry> memory(static_cast<std::size_t>(k));
      Best<T> best(memory);
      best.offer(columns, scores.data<T>() + i * columns, 0, [](std::int64_t) { return false; });
      best.write(values.data<T>() + i * k, ids.data<std::int32_t>() + i * k);
    });
  });
}

void score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded, std::int64_t k,
                Tensor& values, Tensor& ids) {
  visit_real(hidden.dtype(), "score_topk", [&](auto t) {
    using T = decltype(t);
    const std::vector<Excluded> left_out = excluded_of(excluded, hidden.size(0));
    std::vector<typename Best<T>::Entry> memory(static_cast<std::size_t>(hidden.size(0) * k));
    std::vector<Best<T>> best;
    for (std::int64_t i = 0; i < hidden.size(0); ++i)
      best.emplace_back(std::span(memory).subspan(static_cast<std::size_t>(i * k), static_cast<std::size_t>(k)));
    for_scores<T>(contiguous(hidden), contiguous(table), first,
                  [&](std::int64_t i, std::int64_t begin, std::int64_t n, T* x) {
                    left_out[i].erase(begin, n, x);
                    best[i].offer(n, x, begin, [&](std::int64_t id) { return left_out[i].contains(id); });
                  });
    for (std::int64_t i = 0; i < hidden.size(0); ++i)
      best[i].write(values.data<T>() + i * k, ids.data<std::int32_t>() + i * k);
  });
}

void score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                const Ragged& excluded, Tensor& ranks) {
  visit_real(hidden.dtype(), "score_rank", [&](auto t) {
    using T = decltype(t);
    const std::vector<Excluded> left_out = excluded_of(excluded, hidden.size(0));
    const Tensor rows = contiguous(hidden), classes = contiguous(table);
    const std::vector<T> bars = target_scores<T>(rows, classes, targets);
    std::int32_t* rank = ranks.data<std::int32_t>();
    std::fill_n(rank, rows.size(0), 0);
    for_scores<T>(rows, classes, first, [&](std::int64_t i, std::int64_t begin, std::int64_t n, T* x) {
      const T bar = bars[i];
      if (std::isnan(bar)) {  // every number stands before it, and every NaN of a lower id
        for (std::int64_t j = 0; j < n; ++j)
          rank[i] += better(x[j], begin + j, bar, targets[i]) && !left_out[i].contains(begin + j);
        return;
      }
      left_out[i].erase(begin, n, x);
      rank[i] += static_cast<std::int32_t>(count_before(begin, n, x, bar, targets[i]));
    });
  });
}

}  // namespace seqrec::kernels::cpu
