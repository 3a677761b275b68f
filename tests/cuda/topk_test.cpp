#include "kernels/topk.h"

#include <cmath>
#include <limits>
#include <tuple>

#include "kernels/cuda/tiles.h"
#include "tests/cuda/gpu.h"
#include "tests/kernels/scoring.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct Best {
  Tensor values, ids;

  Best(std::int64_t rows, std::int64_t k, DType dtype, Device device)
      : values({rows, k}, dtype, device), ids({rows, k}, DType::I32, device) {}
};

/// Exactly the same classes, and scores.
void check_best(const Best& got, const Best& expected) {
  check_same(to_device(got.ids, kCpu), expected.ids);
  check_gpu(got.values, expected.values, 0);
}

}  // namespace

TEST_CASE("cuda: topk equals the CPU's, with equal scores, NaN and infinities") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [rows, columns, k] :
         {std::tuple{1, 1, 1}, {3, 2, 5}, {9, 131, 7}, {2, 5001, 40}, {0, 3, 2}, {2, 0, 3}, {3, 601, 601}}) {
      INFO("top ", k, " of ", rows, " x ", columns);
      const cuda::GridLimitScope limit(2);
      Tensor scores = whole_numbers({rows, columns}, dtype, 1);
      visit_float(dtype, "test", [&](auto t) {
        using T = decltype(t);
        using Limits = std::numeric_limits<T>;
        if (columns < 2) return;
        for (std::int64_t i = 0; i < rows; ++i) {
          scores.at<T>({i, (7 * i) % columns}) = Limits::quiet_NaN();
          scores.at<T>({i, (11 * i + 1) % columns}) = Limits::infinity();
          scores.at<T>({i, (13 * i + 2) % columns}) = -Limits::infinity();
          scores.at<T>({i, (3 * i + 5) % columns}) = -T(0);
        }
      });
      Best expected(rows, k, dtype, kCpu), got(rows, k, dtype, gpu());
      topk(scores, k, expected.values, expected.ids);
      topk(to_device(scores, gpu()), k, got.values, got.ids);
      check_best(got, expected);
    }
}

TEST_CASE("cuda: topk of scores that are all equal, or differ in their last places alone") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats) {
    Tensor equal({2, 3000}, dtype), close({2, 3000}, dtype);
    fill(-2.5, equal);
    visit_float(dtype, "test", [&](auto t) {
      using T = decltype(t);
      for (std::int64_t i = 0; i < close.numel(); ++i)
        close.span<T>()[static_cast<std::size_t>(i)] =
            1 + static_cast<T>(i * 7919 % 3000) * std::numeric_limits<T>::epsilon();
    });
    for (const Tensor& scores : {equal, close})
      for (const std::int64_t k : {1, 90, 2050}) {
        Best expected(2, k, dtype, kCpu), got(2, k, dtype, gpu());
        topk(scores, k, expected.values, expected.ids);
        topk(to_device(scores, gpu()), k, got.values, got.ids);
        check_best(got, expected);
      }
  }
}

TEST_CASE("cuda: score_topk and score_rank equal the CPU's where products are exact, in one tile and in several") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width, k] :
         {std::tuple{1, 1, 1, 1}, {3, 2, 5, 4}, {7, 131, 7, 10}, {3, 1025, 3, 20}, {0, 5, 3, 2}, {2, 7, 0, 3}})
      for (const auto& [first, exclude] : {std::pair{1, true}, {9, false}}) {
        INFO("top ", k, " of ", rows, " x ", classes, ", width ", width, ", from ", first, ", exclude ", exclude);
        Tensor hidden = whole_numbers({rows, width}, dtype, 1);
        const Tensor table = whole_numbers({classes, width}, dtype, 2);
        if (rows > 1 && width > 0)
          visit_float(dtype, "test", [&](auto t) {
            hidden.at<decltype(t)>({1, 0}) = std::numeric_limits<decltype(t)>::quiet_NaN();
          });
        const Ragged excluded = exclude ? some_excluded(rows, classes, 3) : Ragged{};
        const Index targets = random_ids(rows, classes, 4);
        Best expected(rows, k, dtype, kCpu);
        Tensor ranks({rows}, DType::I32);
        score_topk(hidden, table, first, excluded, k, expected.values, expected.ids);
        score_rank(hidden, table, first, targets, excluded, ranks);
        for (const std::int64_t tile : {0, 2}) {
          const cuda::TileLimitScope tiles(tile);
          Best got(rows, k, dtype, gpu());
          Tensor got_ranks({rows}, DType::I32, gpu());
          const Tensor h = strided_on_gpu(hidden), e = to_device(table, gpu());
          score_topk(h, e, first, excluded, k, got.values, got.ids);
          score_rank(h, e, first, targets, excluded, got_ranks);
          check_best(got, expected);
          check_same(to_device(got_ranks, kCpu), ranks);
        }
      }
}

TEST_CASE("cuda: a class's rank is its place in the top k, excluded or not") {
  if (!has_gpu()) return;
  const std::int64_t rows = 4, classes = 603;
  const Tensor hidden = to_device(random_tensor({rows, 16}, DType::F32, 1), gpu());
  const Tensor table = to_device(random_tensor({classes, 16}, DType::F32, 2), gpu());
  Best best(rows, classes, DType::F32, gpu());
  score_topk(hidden, table, 0, {}, classes, best.values, best.ids);
  const std::vector<std::int32_t> ids = best.ids.to_vector<std::int32_t>();
  for (const std::int64_t place : {0, 1, 300, 602}) {
    std::vector<std::int32_t> targets, offsets{0};
    for (std::int64_t i = 0; i < rows; ++i) {
      targets.push_back(ids[static_cast<std::size_t>(i * classes + place)]);
      offsets.push_back(static_cast<std::int32_t>(i + 1));
    }
    Tensor ranks({rows}, DType::I32, gpu()), of_excluded({rows}, DType::I32, gpu());
    score_rank(hidden, table, 0, Index(targets), {}, ranks);
    score_rank(hidden, table, 0, Index(targets), {Windows::adjacent(offsets), Index(targets)}, of_excluded);
    for (const std::int32_t rank : ranks.to_vector<std::int32_t>()) CHECK(rank == place);
    for (const std::int32_t rank : of_excluded.to_vector<std::int32_t>()) CHECK(rank == place);
  }
}
