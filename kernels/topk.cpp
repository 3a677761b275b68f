#include "kernels/topk.h"

#include <algorithm>

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_places(const Arguments& arguments, std::int64_t k, std::int64_t rows, DType dtype,
                         const Tensor& values, const Tensor& ids) {
  require<UsageError>(k >= 1, "[", arguments.op, "] k: expected at least 1, got ", k);
  arguments.result("values", values, {rows, k}, dtype);
  arguments.result("ids", ids, {rows, k}, DType::I32);
}

void check::topk(const Tensor& scores, std::int64_t k, Tensor& values, Tensor& ids) {
  const Arguments arguments{"topk"};
  arguments.floating("scores", scores);
  arguments.rank("scores", scores, 2);
  arguments.contiguous("scores", scores);
  check_places(arguments, k, scores.size(0), scores.dtype(), values, ids);
}

static void check_scoring(const Arguments& arguments, const Tensor& hidden, const Tensor& table, std::int64_t first,
                          const Index& excluded_offsets, const Index& excluded) {
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  arguments.rank("table", table, 2);
  arguments.input("table", table, {table.size(0), hidden.size(1)}, hidden.dtype());
  require<UsageError>(first >= 0, "[", arguments.op, "] first: expected at least 0, got ", first);
  if (excluded_offsets.size() == 0) return;
  arguments.ids("excluded_offsets", excluded_offsets, hidden.size(0) + 1, excluded.size() + 1);
  arguments.ids("excluded", excluded, excluded.size(), table.size(0));
  const auto offsets = excluded_offsets.host();
  require<ShapeError>(std::is_sorted(offsets.begin(), offsets.end()), "[", arguments.op,
                      "] excluded_offsets: expected ascending offsets");
}

void check::score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& excluded_offsets,
                       const Index& excluded, std::int64_t k, Tensor& values, Tensor& ids) {
  const Arguments arguments{"score_topk"};
  check_scoring(arguments, hidden, table, first, excluded_offsets, excluded);
  check_places(arguments, k, hidden.size(0), hidden.dtype(), values, ids);
}

void check::score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                       const Index& excluded_offsets, const Index& excluded, Tensor& ranks) {
  const Arguments arguments{"score_rank"};
  check_scoring(arguments, hidden, table, first, excluded_offsets, excluded);
  arguments.ids("targets", targets, hidden.size(0), table.size(0));
  arguments.result("ranks", ranks, {hidden.size(0)}, DType::I32);
}

}  // namespace seqrec::kernels
