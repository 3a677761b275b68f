// S3-Rec for a single window (models/model.h: forward_alone).
#include "kernels/alone.h"
#include "models/s3rec.h"

namespace seqrec::models {

namespace alone = kernels::alone;

void S3Rec::forward_alone(const OneWindow& window, bool /*full_sort*/, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int32_t padding[] = {0};  // what a window without items looks at
  const auto items = window.items.empty() ? std::span<const std::int32_t>(padding) : window.items;
  const std::int64_t n = std::ssize(items), width = options_.transformer.hidden_size;
  const std::int64_t first =
      first_position(options_.scored_positions, options_.masking.max_length, static_cast<std::int32_t>(n));
  float* values = arena.take<float>(n * width).data();
  alone::gather_rows(items, item_embedding_.weight().value().data<float>(), width, values);
  alone::add(n * width, position_embedding_.weight().value().data<float>() + first * width, values);
  norm_.alone(n, values);
  trm_encoder_.alone(n, values, arena, out);
}

}  // namespace seqrec::models
