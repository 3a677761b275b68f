#include "kernels/topk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/cpu/reference/elements.h"
#include "kernels/matmul.h"

namespace seqrec::kernels::reference {

// Whether a stands before b: the higher score, then the lower id; NaN is the lowest.
template <class T>
static bool better(T score_a, std::int32_t a, T score_b, std::int32_t b) {
  if (std::isnan(score_a) || std::isnan(score_b))
    return std::isnan(score_a) == std::isnan(score_b) ? a < b : std::isnan(score_b);
  return score_a != score_b ? score_a > score_b : a < b;
}

// The classes of row i that take part, ascending.
static std::vector<std::int32_t> candidates(std::int64_t i, std::int64_t first, std::int64_t classes,
                                            const Ragged& excluded) {
  std::vector<bool> out(classes);
  if (!excluded.empty())
    for (const std::int32_t c : excluded[i]) out[c] = true;
  std::vector<std::int32_t> ids;
  for (std::int64_t c = first; c < classes; ++c)
    if (!out[c]) ids.push_back(static_cast<std::int32_t>(c));
  return ids;
}

// Writes the k best of `ids` as row i.
template <class T>
static void write_best(const Elements<T>& scores, std::int64_t i, std::vector<std::int32_t> ids, std::int64_t k,
                       const Elements<T>& values, const Elements<std::int32_t>& best) {
  std::sort(ids.begin(), ids.end(),
            [&](std::int32_t a, std::int32_t b) { return better(scores(i, a), a, scores(i, b), b); });
  for (std::int64_t j = 0; j < k; ++j) {
    const bool there = j < static_cast<std::int64_t>(ids.size());
    best(i, j) = there ? ids[j] : -1;
    values(i, j) = there ? scores(i, best(i, j)) : -std::numeric_limits<T>::infinity();
  }
}

static Tensor all_scores(const Tensor& hidden, const Tensor& table) {
  Tensor scores({hidden.size(0), table.size(0)}, hidden.dtype());
  reference::matmul(hidden, false, table, true, 1, Write::Overwrite, scores);
  return scores;
}

void topk(const Tensor& scores, std::int64_t k, Tensor& values, Tensor& ids) {
  visit_float(scores.dtype(), "topk", [&](auto t) {
    using T = decltype(t);
    std::vector<std::int32_t> columns(scores.size(1));
    std::iota(columns.begin(), columns.end(), 0);
    for (std::int64_t i = 0; i < scores.size(0); ++i)
      write_best(Elements<T>(scores), i, columns, k, Elements<T>(values), Elements<std::int32_t>(ids));
  });
}

void score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded, std::int64_t k,
                Tensor& values, Tensor& ids) {
  visit_float(hidden.dtype(), "score_topk", [&](auto t) {
    using T = decltype(t);
    const Tensor scores = all_scores(hidden, table);
    for (std::int64_t i = 0; i < hidden.size(0); ++i)
      write_best(Elements<T>(scores), i, candidates(i, first, table.size(0), excluded), k, Elements<T>(values),
                 Elements<std::int32_t>(ids));
  });
}

void score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                const Ragged& excluded, Tensor& ranks) {
  visit_float(hidden.dtype(), "score_rank", [&](auto t) {
    using T = decltype(t);
    const Tensor matrix = all_scores(hidden, table);
    const Elements<T> scores(matrix);
    for (std::int64_t i = 0; i < hidden.size(0); ++i) {
      std::int32_t rank = 0;
      for (const std::int32_t id : candidates(i, first, table.size(0), excluded))
        rank += id != targets[i] && better(scores(i, id), id, scores(i, targets[i]), targets[i]);
      ranks.data<std::int32_t>()[i] = rank;
    }
  });
}

}  // namespace seqrec::kernels::reference
