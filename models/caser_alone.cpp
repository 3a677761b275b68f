// Caser for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "models/caser.h"

namespace seqrec::models {

namespace alone = kernels::alone;
using kernels::Unary;

bool Caser::freeze_alone() {
  conv_h_.freeze_alone(item_embedding_.weight().value().select(0, 0));
  conv_v_.freeze_alone();
  alone_fc1_ = fc1_.alone(Unary::Relu);
  if (fc2_) alone_fc2_ = fc2_->alone(Unary::Relu);
  return true;
}

void Caser::forward_alone(const OneWindow& window, bool /*full_sort*/, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t n = std::ssize(window.items), width = options_.embedding_size;
  const float* table = item_embedding_.weight().value().data<float>();
  float* items = arena.take<float>(n * width).data();
  float* convolved = arena.take<float>(options_.convolved()).data();
  alone::gather_rows(window.items, table, width, items);
  conv_v_.alone(window.items, width, table, table, convolved);  // row 0 is the padding
  conv_h_.alone(n, items, arena, convolved + options_.vertical * width);
  head_alone({&window, 1}, convolved, arena, out);
}

// What filters make of an item, most of the work, is made once.
void Caser::forward_each(std::span<const OneWindow> windows, bool full_sort, Arena& arena, float* out) const {
  if (windows.size() == 1) return forward_alone(windows[0], full_sort, arena, out);
  const Arena::Scope scope(arena);
  const std::int64_t width = options_.embedding_size, vertical = options_.vertical * width;
  std::int64_t values = 0;
  for (const OneWindow& window : windows) values += std::ssize(window.items);
  std::span<std::int32_t> items = arena.take<std::int32_t>(values);
  auto end = items.begin();
  for (const OneWindow& window : windows) end = std::ranges::copy(window.items, end).out;
  std::ranges::sort(items);
  items = {items.begin(), std::unique(items.begin(), items.end())};
  const auto rows = arena.take<std::span<const std::int32_t>>(std::ssize(windows));
  std::ranges::transform(windows, rows.begin(), [&](const OneWindow& window) {
    const std::span<std::int32_t> of = arena.take<std::int32_t>(std::ssize(window.items));
    std::ranges::transform(window.items, of.begin(), [&](std::int32_t item) {
      return static_cast<std::int32_t>(std::ranges::lower_bound(items, item) - items.begin());
    });
    return of;
  });

  const float* table = item_embedding_.weight().value().data<float>();
  float* vectors = arena.take<float>(std::ssize(items) * width).data();
  float* convolved = arena.take<float>(std::ssize(windows) * options_.convolved()).data();
  alone::gather_rows(items, table, width, vectors);
  for (std::size_t i = 0; i < windows.size(); ++i)
    conv_v_.alone(rows[i], width, vectors, table, convolved + static_cast<std::int64_t>(i) * options_.convolved());
  conv_h_.alone(std::ssize(items), vectors, rows, arena, convolved + vertical, options_.convolved());
  head_alone(windows, convolved, arena, out);
}

/// convolved [windows, convolved()].
void Caser::head_alone(std::span<const OneWindow> windows, const float* convolved, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t rows = std::ssize(windows), width = options_.embedding_size;
  const std::int64_t stride = options_.paper_head ? 2 * width + 1 : 2 * width;
  float* z = options_.paper_head ? out : arena.take<float>(rows * stride).data();
  alone_fc1_(rows, convolved, options_.convolved(), z, stride);  // eq. 9
  const float* users = user_embedding_.weight().value().data<float>();
  float* to = z;
  for (const OneWindow& window : windows) {
    std::copy_n(users + window.user * width, width, to + width);
    if (options_.paper_head) to[2 * width] = 1;  // eq. 10
    to += stride;
  }
  if (!options_.paper_head) alone_fc2_(rows, z, out);
}

}  // namespace seqrec::models
