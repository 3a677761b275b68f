#include "nn/losses.h"

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

/// The scores of a row's positive [rows, 1] and of its negatives [rows, n].
struct Scores {
  Variable positives, negatives;
};

Scores scores(const char* loss, const Variable& output, const Variable& positives, const Variable& negatives) {
  const std::int64_t rows = output.shape()[0], width = output.shape()[1];
  require<ShapeError>(rows > 0 && negatives.shape()[0] > 0 && negatives.shape()[0] % rows == 0, "[", loss,
                      "] expected at least one negative per row, got ", negatives.shape()[0], " for ", rows, " rows");
  const Variable hidden = reshape(output, {rows, 1, width});
  const auto score = [&](const Variable& items) {
    return sum(hidden * reshape(items, {rows, items.shape()[0] / rows, width}), 2);
  };
  return {score(positives), score(negatives)};
}

}  // namespace

Variable bpr_loss(const Variable& output, const Variable& positives, const Variable& negatives) {
  const Scores score = scores("bpr_loss", output, positives, negatives);
  return -mean(log(sigmoid(score.positives - score.negatives) + 1e-10));
}

Variable bce_loss(const Variable& output, const Variable& positives, const Variable& negatives) {
  const Scores score = scores("bce_loss", output, positives, negatives);
  return -(mean(log_sigmoid(score.positives)) + mean(log_sigmoid(-score.negatives)));
}

}  // namespace seqrec::nn
