// SHAN for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "models/shan.h"

namespace seqrec::models {

namespace alone = kernels::alone;
using kernels::Unary;

namespace {

/// The long-term attention's hidden layer of all items is kept where it takes no more than this.
constexpr std::int64_t kMostHiddenBytes = std::int64_t{8} << 20;

}  // namespace

bool Shan::freeze_alone() {
  alone_long_ = long_w_.alone(Unary::Relu, long_b_);
  alone_long_short_ = long_short_w_.alone(Unary::Relu, long_short_b_);
  const Tensor& items = item_embedding_.weight().value();
  alone_hidden_ = {};
  if (items.numel() * static_cast<std::int64_t>(sizeof(float)) <= kMostHiddenBytes) {
    alone_hidden_ = Tensor(items.shape());
    alone_long_(items.size(0), items.data<float>(), alone_hidden_.data<float>());
  }
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
  const std::int64_t first_short = empty ? n : std::clamp<std::int64_t>(from, 0, n), n_short = n - first_short;
  const std::int64_t n_long = sets.disjoint && !empty ? first_short : n;
  const float* table = item_embedding_.weight().value().data<float>();
  const float* user = user_embedding_.weight().value().data<float>() + window.user * width;
  float* weights = arena.take<float>(1 + n).data();

  // The long-term vector, unless there is none, then the short-term items'.
  float* vectors = arena.take<float>((1 + n_short) * width).data();
  if (n_long > 0)
    attend_long(items.first(static_cast<std::size_t>(n_long)), user, window.last, arena, weights, vectors);
  alone::gather_rows(items.last(static_cast<std::size_t>(n_short)), table, width, vectors + width);
  const std::int64_t count = n_short + (n_long > 0 ? 1 : 0);
  const float* rows = vectors + (n_long > 0 ? 0 : width);
  float* hidden = arena.take<float>(count * width).data();
  alone_long_short_(count, rows, hidden);
  alone::dots(user, count, hidden, width, weights, arena);
  alone::softmax(count, weights, weights);
  alone::weighted_sum(count, weights, nullptr, rows, width, out);
}

void Shan::attend_long(std::span<const std::int32_t> items, const float* user, LastWindow* last, Arena& arena,
                       float* weights, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t n = std::ssize(items), width = options_.embedding_size;
  const float* table = item_embedding_.weight().value().data<float>();
  if (alone_hidden_.defined()) {
    alone::gather_dot(user, items, alone_hidden_.data<float>(), width, weights);
  } else {
    float* hidden = arena.take<float>(n * width).data();
    if (last != nullptr) {
      take_over_alone(items, *last, arena, hidden);
    } else {
      float* vectors = arena.take<float>(n * width).data();
      alone::gather_rows(items, table, width, vectors);
      alone_long_(n, vectors, hidden);
    }
    alone::dots(user, n, hidden, width, weights, arena);
  }
  alone::softmax(n, weights, weights);
  alone::weighted_sum(n, weights, items.data(), table, width, out);
}

/// The hidden layer of items, of which those in the last window have theirs already: hidden [items, width].
void Shan::take_over_alone(std::span<const std::int32_t> items, LastWindow& last, Arena& arena, float* hidden) const {
  const Arena::Scope scope(arena);
  const std::int64_t n = std::ssize(items), width = options_.embedding_size;
  float* kept = last.memory(options_.sets.max_length, options_.sets.max_length * width);
  const std::span<std::int32_t> places = arena.take<std::int32_t>(n), made = arena.take<std::int32_t>(n);
  std::size_t count = 0;
  for (auto next = last.items.begin(); const std::int32_t& item : items) {
    float* to = hidden + (&item - items.data()) * width;
    const auto found = std::find(next, last.items.end(), item);
    if (found != last.items.end()) {
      std::copy_n(kept + (found - last.items.begin()) * width, width, to);
      next = found + 1;
    } else {
      places[count] = static_cast<std::int32_t>(&item - items.data());
      made[count++] = item;
    }
  }
  const auto rows = static_cast<std::int64_t>(count);
  float* vectors = arena.take<float>(2 * rows * width).data();
  float* of_made = vectors + rows * width;
  alone::gather_rows(made.first(count), item_embedding_.weight().value().data<float>(), width, vectors);
  alone_long_(rows, vectors, of_made);
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(of_made + static_cast<std::int64_t>(i) * width, width, hidden + places[i] * width);
  last.items.clear();
  std::copy_n(hidden, n * width, kept);
  last.items.assign(items.begin(), items.end());
}

}  // namespace seqrec::models
