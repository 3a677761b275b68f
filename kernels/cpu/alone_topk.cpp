#include <algorithm>
#include <memory>

#include "kernels/alone.h"
#include "kernels/cpu/best.h"
#include "kernels/cpu/excluded.h"
#include "kernels/cpu/gemm.h"

namespace seqrec::kernels::alone {

void topk(std::span<const float> scores, Arena& arena, std::span<float> values, std::int32_t* places) {
  const Arena::Scope scope(arena);
  cpu::Best<float> best(arena.take<cpu::Best<float>::Entry>(std::ssize(values)));
  best.offer(std::ssize(scores), scores.data(), 0, [](std::int64_t) { return false; });
  best.write(values.data(), places);
}

namespace {

struct Ranking {
  Ranking(std::span<const std::int32_t> excluded, std::span<cpu::Best<float>::Entry> memory)
      : left_out(excluded), best(memory) {}

  cpu::Excluded left_out;
  cpu::Best<float> best;
};

}  // namespace

void score_topk(const float* hidden, const Tensor& table, std::int64_t first, IdLists excluded, Arena& arena,
                std::span<float> values, std::int32_t* ids) {
  constexpr std::int64_t kClasses = 1024, kRows = 32;  // at once: packed, and scores, they stay in the cache
  const Arena::Scope scope(arena);
  const std::int64_t rows = std::ssize(excluded), classes = table.size(0), width = table.size(1);
  const std::int64_t k = std::ssize(values) / rows;
  float* packed = arena.take<float>(kClasses * width).data();
  float* scores = arena.take<float>(std::min(kRows, rows) * kClasses).data();
  Ranking* rankings = arena.take<Ranking>(rows).data();
  for (std::int64_t i = 0; i < rows; ++i)
    std::construct_at(rankings + i, excluded[static_cast<std::size_t>(i)], arena.take<cpu::Best<float>::Entry>(k));
  for (std::int64_t begin = first; begin < classes; begin += kClasses) {
    const std::int64_t n = std::min(kClasses, classes - begin);
    cpu::fill_panels<float>(width, 0, n, {table.data<float>() + begin * width, 1, width}, packed);
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const std::int64_t m = std::min(kRows, rows - row);
      cpu::multiply_panels<float>(m, n, width, 1.0f, {hidden + row * width, width, 1}, packed, false, scores, kClasses);
      for (std::int64_t i = 0; i < m; ++i) {
        auto& [left_out, best] = rankings[row + i];
        float* of_row = scores + i * kClasses;
        left_out.erase(begin, n, of_row);
        best.offer(n, of_row, begin, [&, &out = left_out](std::int64_t id) { return out.contains(id); });
      }
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) rankings[i].best.write(values.data() + i * k, ids + i * k);
}

}  // namespace seqrec::kernels::alone
