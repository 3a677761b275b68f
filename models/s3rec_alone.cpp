// S3-Rec for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "kernels/alone.h"
#include "models/s3rec.h"

namespace seqrec::models {

namespace alone = kernels::alone;

namespace {

/// How many items the windows begin with in common, but for the new one's last.
std::int64_t known_items(std::span<const std::int32_t> last, std::span<const std::int32_t> items) {
  return std::ranges::mismatch(last, items.first(items.size() - 1)).in2 - items.begin();
}

}  // namespace

// Numbered from its begin, an item's keys and values are the same in every window that begins so.
void S3Rec::forward_alone(const OneWindow& window, bool /*full_sort*/, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int32_t padding[] = {0};  // what a window without items looks at
  const auto items = window.items.empty() ? std::span<const std::int32_t>(padding) : window.items;
  const std::int64_t n = std::ssize(items), width = options_.transformer.hidden_size;
  const std::int64_t most = options_.masking.max_length;
  const std::int64_t first = first_position(options_.scored_positions, most, static_cast<std::int32_t>(n));
  LastWindow* const last = options_.scored_positions == Positions::FromBegin ? window.last : nullptr;
  std::int64_t known = 0;
  float* kv;
  if (last != nullptr) {
    kv = last->memory(most, trm_encoder_.known_size(most));
    known = known_items(last->items, items);
    last->items.clear();
  } else {
    kv = arena.take<float>(trm_encoder_.known_size(n)).data();
  }

  const std::int64_t rows = n - known;
  float* values = arena.take<float>(rows * width).data();
  alone::gather_rows(items.last(static_cast<std::size_t>(rows)), item_embedding_.weight().value().data<float>(), width,
                     values);
  alone::add(rows * width, position_embedding_.weight().value().data<float>() + (first + known) * width, values);
  norm_.alone(rows, values);
  trm_encoder_.alone(known, rows, values, last != nullptr ? most : n, kv, arena, out);
  if (last != nullptr) last->items.assign(items.begin(), items.end());
}

}  // namespace seqrec::models
