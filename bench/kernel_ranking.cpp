#include "bench/kernel_cases.h"
#include "kernels/topk.h"

namespace seqrec::bench {

static Ragged excluded(std::int64_t rows, std::int64_t each) {
  std::vector<std::int32_t> offsets;
  for (std::int64_t i = 0; i <= rows; ++i) offsets.push_back(static_cast<std::int32_t>(i * each));
  return {Windows::adjacent(std::move(offsets)), ids(rows * each, kClasses)};
}

static void add_scoring(Cases& cases, std::int64_t rows, std::int64_t classes, std::int64_t width, std::int64_t k,
                        std::int64_t left_out) {
  const std::string shape = concat(rows, "x", classes, "x", width, left_out ? "/excluded" : "");
  const Product scores{rows, classes, width, false, true};
  cases.push_back({"score_topk", concat(shape, "/", k), scores.flops(), 0,
                   [=] {
                     const Tensor hidden = numbers({rows, width}), table = numbers({classes, width}, 1);
                     const Ragged out = left_out ? excluded(rows, left_out) : Ragged{};
                     return [=, values = empty({rows, k}), best = empty({rows, k}, DType::I32)]() mutable {
                       kernels::score_topk(hidden, table, 1, out, k, values, best);
                     };
                   },
                   scores});
  cases.push_back({"score_rank", shape, scores.flops(), 0,
                   [=] {
                     const Tensor hidden = numbers({rows, width}), table = numbers({classes, width}, 1);
                     const Index targets = ids(rows, classes);
                     const Ragged out = left_out ? excluded(rows, left_out) : Ragged{};
                     return [=, ranks = empty({rows}, DType::I32)]() mutable {
                       kernels::score_rank(hidden, table, 1, targets, out, ranks);
                     };
                   },
                   scores});
}

void add_ranking_cases(Cases& cases) {
  add_scoring(cases, kRows, kClasses, kWidth, 10, 0);
  add_scoring(cases, kRows, kClasses, kWidth, 10, 100);
  add_scoring(cases, kRows, 43000, 100, 20, 0);
  add_scoring(cases, 1, 43000, 100, 20, 0);
  for (const std::int64_t k : {10, 100})
    cases.push_back({"topk", concat(kRows, "x", kClasses, "/", k), 0, floats(kRows * kClasses), [k] {
                       const Tensor scores = numbers({kRows, kClasses});
                       return [=, values = empty({kRows, k}), best = empty({kRows, k}, DType::I32)]() mutable {
                         kernels::topk(scores, k, values, best);
                       };
                     }});
}

}  // namespace seqrec::bench
