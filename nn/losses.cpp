#include "nn/losses.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"

namespace seqrec::nn {

Variable bpr_loss(const Variable& output, const Variable& positives, const Variable& negatives) {
  const std::int64_t rows = output.shape()[0], width = output.shape()[1];
  require<ShapeError>(rows > 0 && negatives.shape()[0] > 0 && negatives.shape()[0] % rows == 0,
                      "[bpr_loss] expected at least one negative a row, got ", negatives.shape()[0], " for ", rows,
                      " rows");
  const std::int64_t n = negatives.shape()[0] / rows;
  const Variable hidden = autograd::reshape(output, {rows, 1, width});
  const auto score = [&](const Variable& items, std::int64_t count) {
    return autograd::sum(hidden * autograd::reshape(items, {rows, count, width}), 2);
  };
  const Variable difference = score(positives, 1) - score(negatives, n);
  return -1.0 * autograd::mean(autograd::log(autograd::affine(autograd::sigmoid(difference), 1.0, 1e-10)));
}

}  // namespace seqrec::nn
