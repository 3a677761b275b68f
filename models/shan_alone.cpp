// SHAN for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "models/shan.h"

namespace seqrec::models {

namespace alone = kernels::alone;
using kernels::Unary;

bool Shan::freeze_alone() {
  if (!alone::Linear::takes(long_w_.weight().value())) return false;
  alone_long_ = long_w_.alone(Unary::Relu, long_b_);
  alone_long_short_ = long_short_w_.alone(Unary::Relu, long_short_b_);
  return true;
}

void Shan::forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const ShanSets& sets = options_.sets;
  const std::int32_t padding[] = {0};  // what a window without items looks at, in the long-term set alone
  const bool empty = window.items.empty();
  const auto items = empty ? std::span<const std::int32_t>(padding) : window.items;
  const std::int64_t n = std::ssize(items), width = options_.embedding_size;
  const bool right_padded = full_sort && options_.full_sort_right_padded;
  const std::int64_t from = right_padded ? sets.max_length - sets.short_length : n - sets.short_length;
  const std::int64_t first_short = empty ? n : std::clamp<std::int64_t>(from, 0, n);
  const std::int64_t n_long = sets.disjoint && !empty ? first_short : n;
  const float* user = user_embedding_.weight().value().data<float>() + window.user * width;

  // The long-term vector, then those of the items.
  float* vectors = arena.take<float>((1 + n) * width).data();
  float* of_items = vectors + width;
  float* hidden = arena.take<float>((1 + n) * width).data();
  float* weights = arena.take<float>(1 + n).data();
  const auto attend = [&](const alone::Linear& layer, std::int64_t count, const float* rows, float* to) {
    layer(count, rows, hidden);
    alone::dots(user, count, hidden, width, weights, arena);
    alone::softmax(count, weights, weights);
    alone::weighted_sum(count, weights, nullptr, rows, width, to);
  };
  alone::gather_rows(items, item_embedding_.weight().value().data<float>(), width, of_items);
  attend(alone_long_, n_long, of_items, vectors);
  const std::int64_t n_short = n - first_short;
  if (n_long == 0) return attend(alone_long_short_, n_short, of_items + first_short * width, out);
  std::copy_n(of_items + first_short * width, n_short * width, of_items);
  attend(alone_long_short_, 1 + n_short, vectors, out);
}

}  // namespace seqrec::models
