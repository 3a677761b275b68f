#include "kernels/topk.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/cpu/reference/arrays.h"
#include "kernels/matmul.h"

namespace seqrec::kernels::reference {
namespace {

/// Whether a stands before b: the higher score, then the lower id; NaN is the lowest.
bool better(double score_a, std::int64_t a, double score_b, std::int64_t b) {
  if (std::isnan(score_a) || std::isnan(score_b))
    return std::isnan(score_a) == std::isnan(score_b) ? a < b : std::isnan(score_b);
  return score_a != score_b ? score_a > score_b : a < b;
}

/// The classes of row i that take part, ascending.
std::vector<std::int64_t> candidates(std::int64_t i, std::int64_t first, std::int64_t classes, const Ragged& excluded) {
  std::vector<bool> out(classes);
  if (!excluded.empty())
    for (const std::int32_t c : excluded[i]) out[c] = true;
  std::vector<std::int64_t> ids;
  for (std::int64_t c = first; c < classes; ++c)
    if (!out[c]) ids.push_back(c);
  return ids;
}

/// Of each row the best of its candidates.
template <class F>
void write_best(const Array& scores, F&& candidates_of, Tensor& values, Tensor& ids) {
  Array best = Array::Constant(values.size(0), values.size(1), -INFINITY),
        numbers = Array::Constant(values.size(0), values.size(1), -1);
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    std::vector<std::int64_t> found = candidates_of(i);
    std::sort(found.begin(), found.end(),
              [&](std::int64_t a, std::int64_t b) { return better(scores(i, a), a, scores(i, b), b); });
    for (std::int64_t j = 0; j < std::min(std::ssize(found), best.cols()); ++j) {
      best(i, j) = scores(i, found[j]);
      numbers(i, j) = found[j];
    }
  }
  write(values, best);
  write(ids, numbers);
}

/// As the dtype holds them: what rounds to the same is a tie.
Array scores_of(const Tensor& hidden, const Tensor& table) {
  Tensor scores({hidden.size(0), table.size(0)}, hidden.dtype());
  reference::matmul(hidden, false, table, true, 1, Write::Overwrite, scores);
  return matrix(scores);
}

}  // namespace

void topk(const Tensor& scores, std::int64_t, Tensor& values, Tensor& ids) {
  std::vector<std::int64_t> columns(scores.size(1));
  std::iota(columns.begin(), columns.end(), 0);
  write_best(
      matrix(scores), [&](std::int64_t) { return columns; }, values, ids);
}

void score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded, std::int64_t,
                Tensor& values, Tensor& ids) {
  const auto left = [&](std::int64_t i) { return candidates(i, first, table.size(0), excluded); };
  write_best(scores_of(hidden, table), left, values, ids);
}

void score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                const Ragged& excluded, Tensor& ranks) {
  const Array scores = scores_of(hidden, table);
  Column rank = Column::Zero(hidden.size(0));
  for (std::int64_t i = 0; i < hidden.size(0); ++i)
    for (const std::int64_t id : candidates(i, first, table.size(0), excluded))
      rank(i) += id != targets[i] && better(scores(i, id), id, scores(i, targets[i]), targets[i]);
  write(ranks, rank);
}

}  // namespace seqrec::kernels::reference
