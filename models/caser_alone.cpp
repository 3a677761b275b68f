// Caser for a single window (models/model.h: forward_alone).
#include <algorithm>

#include "models/caser.h"

namespace seqrec::models {

namespace alone = kernels::alone;
using kernels::Unary;

bool Caser::freeze_alone() {
  if (!alone::Linear::takes(fc1_.weight().value()) || !alone::Linear::takes(item_embedding_.weight().value()))
    return false;
  if (!conv_h_.freeze_alone(item_embedding_.weight().value().select(0, 0))) return false;
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
  conv_v_.alone(n, width, items, table, convolved);  // row 0 is the padding
  conv_h_.alone(n, items, arena, convolved + options_.vertical * width);

  float* z = options_.paper_head ? out : arena.take<float>(2 * width).data();
  alone_fc1_(1, convolved, z);  // eq. 9
  std::copy_n(user_embedding_.weight().value().data<float>() + window.user * width, width, z + width);
  if (options_.paper_head)
    z[2 * width] = 1;  // eq. 10
  else
    alone_fc2_(1, z, out);
}

}  // namespace seqrec::models
