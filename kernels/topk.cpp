#include "kernels/topk.h"

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
                          const Ragged& excluded) {
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  arguments.rank("table", table, 2);
  arguments.input("table", table, {table.size(0), hidden.size(1)}, hidden.dtype());
  require<UsageError>(first >= 0, "[", arguments.op, "] first: expected at least 0, got ", first);
  if (excluded.empty()) return;
  require<ShapeError>(excluded.rows.size() == hidden.size(0), "[", arguments.op, "] excluded: expected lists for ",
                      hidden.size(0), " rows, got ", excluded.rows.size());
  arguments.ids("excluded", excluded.ids, excluded.rows.values(), table.size(0));
}

void check::score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded,
                       std::int64_t k, Tensor& values, Tensor& ids) {
  const Arguments arguments{"score_topk"};
  check_scoring(arguments, hidden, table, first, excluded);
  check_places(arguments, k, hidden.size(0), hidden.dtype(), values, ids);
}

void check::score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                       const Ragged& excluded, Tensor& ranks) {
  const Arguments arguments{"score_rank"};
  check_scoring(arguments, hidden, table, first, excluded);
  arguments.ids("targets", targets, hidden.size(0), table.size(0));
  arguments.result("ranks", ranks, {hidden.size(0)}, DType::I32);
}

}  // namespace seqrec::kernels
