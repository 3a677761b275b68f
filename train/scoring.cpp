#include "train/scoring.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::train {

std::vector<double> to_doubles(const Tensor& scores) {
  std::vector<double> out = kernels::convert(scores, DType::F64).to_vector<double>();
  for (const double score : out) require<NumericError>(!std::isnan(score), "the model's scores hold a NaN");
  return out;
}

Tensor score_candidates(models::SequentialRecommender& model, const Batch& batch) {
  const std::int64_t negatives = batch.negatives_per_row();
  std::vector<std::int32_t> offsets{0}, candidates;
  candidates.reserve(batch.rows() * (1 + negatives));
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    candidates.push_back(batch.targets[row]);
    for (std::int64_t i = 0; i < negatives; ++i) candidates.push_back(batch.negatives[row * negatives + i]);
    offsets.push_back(static_cast<std::int32_t>(candidates.size()));
  }
  return model.predict_candidates(batch, {Windows::adjacent(std::move(offsets)), Index(std::move(candidates))});
}

}  // namespace seqrec::train
