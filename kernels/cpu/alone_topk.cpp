#include <algorithm>

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

void score_topk(const float* hidden, const Tensor& table, std::int64_t first, std::span<const std::int32_t> excluded,
                Arena& arena, std::span<float> values, std::int32_t* ids) {
  constexpr std::int64_t kClasses = 1024;  // at once: packed, they stay in the cache
  const Arena::Scope scope(arena);
  const std::int64_t classes = table.size(0), width = table.size(1);
  float* packed = arena.take<float>(kClasses * width).data();
  float* scores = arena.take<float>(kClasses).data();
  const cpu::Excluded left_out(excluded);
  cpu::Best<float> best(arena.take<cpu::Best<float>::Entry>(std::ssize(values)));
  for (std::int64_t begin = first; begin < classes; begin += kClasses) {
    const std::int64_t n = std::min(kClasses, classes - begin);
    cpu::fill_panels<float>(width, 0, n, {table.data<float>() + begin * width, 1, width}, packed);
    cpu::multiply_panels<float>(1, n, width, 1.0f, {hidden, width, 1}, packed, false, scores, n);
    left_out.erase(begin, n, scores);
    best.offer(n, scores, begin, [&](std::int64_t id) { return left_out.contains(id); });
  }
  best.write(values.data(), ids);
}

}  // namespace seqrec::kernels::alone
