#include "kernels/topk.h"

#include <cmath>
#include <limits>
#include <tuple>

#include "tests/kernels/scoring.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("topk agrees with the reference, with equal scores, NaN and infinities") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const auto& [rows, columns, k] :
           {std::tuple{1, 1, 1}, {3, 2, 5}, {17, 131, 7}, {5, 1009, 100}, {0, 3, 2}, {2, 0, 3}, {40, 601, 601}}) {
        INFO("top ", k, " of ", rows, " x ", columns);
        Tensor scores = whole_numbers({rows, columns}, dtype, 1);
        if (columns > 1)
          visit_float(dtype, "test", [&](auto t) {
            using T = decltype(t);
            for (std::int64_t i = 0; i < rows; ++i) {
              scores.at<T>({i, (7 * i) % columns}) = std::numeric_limits<T>::quiet_NaN();
              scores.at<T>({i, (11 * i + 1) % columns}) = std::numeric_limits<T>::infinity();
              scores.at<T>({i, (13 * i + 2) % columns}) = -std::numeric_limits<T>::infinity();
            }
          });
        check_parity({Tensor({rows, k}, dtype), Tensor({rows, k}, DType::I32)}, 0,
                     [&](std::vector<Tensor>& results) { kernels::topk(scores, k, results[0], results[1]); });
      }
  });
}

TEST_CASE("score_topk and score_rank agree with the reference where products are exact") {
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width, k] :
         {std::tuple{1, 1, 1, 1}, {3, 2, 5, 4}, {37, 131, 7, 10}, {70, 1009, 64, 20}, {0, 5, 3, 2}, {3, 9001, 3, 5}})
      for (const std::int64_t first : {0, 1})
        for (const bool exclude : {false, true}) {
          INFO("top ", k, " of ", rows, " x ", classes, ", width ", width, ", from ", first, ", exclude ", exclude);
          Tensor hidden = whole_numbers({rows, width}, dtype, 1);
          const Tensor table = whole_numbers({classes, width}, dtype, 2);
          if (rows > 1)
            visit_float(dtype, "test", [&](auto t) {
              hidden.at<decltype(t)>({1, 0}) = std::numeric_limits<decltype(t)>::quiet_NaN();
            });
          const Ragged excluded = exclude ? some_excluded(rows, classes, 3) : Ragged{};
          const Index targets = random_ids(rows, classes, 4);
          check_parity({Tensor({rows, k}, dtype), Tensor({rows, k}, DType::I32), Tensor({rows}, DType::I32)}, 0,
                       [&](std::vector<Tensor>& results) {
                         kernels::score_topk(hidden, table, first, excluded, k, results[0], results[1]);
                         kernels::score_rank(hidden, table, first, targets, excluded, results[2]);
                       });
        }
}

TEST_CASE("a class's rank is its place in the top k, whatever the rounding") {
  for_each_variant([] {
    for (const DType dtype : kFloats) {
      const std::int64_t rows = 61, classes = 1237, width = 61;
      const Tensor hidden = random_tensor({rows, width}, dtype, 1), table = random_tensor({classes, width}, dtype, 2);
      for (std::int64_t c = classes / 2; c < classes; ++c) {  // pairs of equal classes, of equal scores
        Tensor twin = table.select(0, c);
        copy(table.select(0, c - classes / 2), twin);
      }
      Tensor values({rows, classes}, dtype), ids({rows, classes}, DType::I32), ranks({rows}, DType::I32);
      kernels::score_topk(hidden, table, 0, {}, classes, values, ids);
      for (const std::int64_t place : {0, 1, 300, 1236}) {
        std::vector<std::int32_t> targets;
        for (std::int64_t i = 0; i < rows; ++i) targets.push_back(ids.at<std::int32_t>({i, place}));
        kernels::score_rank(hidden, table, 0, Index(targets), {}, ranks);
        for (std::int64_t i = 0; i < rows; ++i) CHECK(ranks.at<std::int32_t>({i}) == place);
      }
      // A row alone, the table from elsewhere on: the same scores.
      Tensor value({1, 3}, dtype), id({1, 3}, DType::I32);
      kernels::score_topk(hidden.slice(0, 40, 41), table, 0, {}, 3, value, id);
      check_same(value, contiguous(values.slice(0, 40, 41).slice(1, 0, 3)));
    }
  });
}

TEST_CASE("places that nothing is left for have id -1 and score -infinity") {
  for_each_variant([] {
    Tensor values({1, 4}), ids({1, 4}, DType::I32);
    const Tensor hidden = Tensor::from({1.0f}, {1, 1}), table = Tensor::from({9.0f, 1.0f, 3.0f, 2.0f}, {4, 1});
    kernels::score_topk(hidden, table, 1, {Windows::adjacent({0, 1}), Index({2})}, 4, values, ids);
    CHECK(ids.to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 1, -1, -1});
    CHECK(values.to_vector<float>() == std::vector<float>{2, 1, -INFINITY, -INFINITY});
  });
}

TEST_CASE("topk, score_topk and score_rank refuse what doesn't fit") {
  Tensor values({2, 3}), ids({2, 3}, DType::I32), ranks({2}, DType::I32);
  const Tensor hidden({2, 4}), table({7, 4});
  CHECK(message_of([&] { kernels::topk(Tensor({2, 5}), 0, values, ids); }) == "[topk] k: expected at least 1, got 0");
  CHECK(message_of([&] {
          kernels::topk(Tensor({2, 5}), 2, values, ids);
        }) == "[topk] values: expected (2, 2), got (2, 3)");
  CHECK(message_of([&] { kernels::topk(Tensor({2, 5}), 3, values, values); }) == "[topk] ids: expected i32, got f32");
  CHECK(message_of([&] {
          kernels::topk(Tensor({5, 2}).transpose(0, 1), 3, values, ids);
        }) == "[topk] scores: expected a contiguous tensor, got strides (1, 2) for (2, 5)");
  CHECK(message_of([&] {
          kernels::score_topk(hidden, Tensor({7, 5}), 0, {}, 3, values, ids);
        }) == "[score_topk] table: expected (7, 4), got (7, 5)");
  CHECK(message_of([&] { kernels::score_topk(hidden, table, -1, {}, 3, values, ids); }) ==
        "[score_topk] first: expected at least 0, got -1");
  CHECK(message_of([&] {
          kernels::score_topk(hidden, table, 0, {Windows::adjacent({0, 1}), Index({3})}, 3, values, ids);
        }) == "[score_topk] excluded: expected lists for 2 rows, got 1");
  CHECK(message_of([&] {
          kernels::score_topk(hidden, table, 0, {Windows::adjacent({0, 1, 1}), Index({7})}, 3, values, ids);
        }) == "[score_topk] excluded: expected ids below 7, got 7");
  CHECK(message_of([&] {
          kernels::score_rank(hidden, table, 0, Index({1, 7}), {}, ranks);
        }) == "[score_rank] targets: expected ids below 7, got 7");
  CHECK(message_of([&] {
          kernels::score_rank(hidden, table, 0, Index({1, 6}), {Windows::adjacent({0, 1, 2}), Index({3})}, ranks);
        }) == "[score_rank] excluded: expected 2 ids, got 1");
}
