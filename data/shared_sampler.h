#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/batch.h"
#include "core/random.h"
#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::data {

/// Draws the negatives that all rows of a training batch share, with replacement, among all items but padding: a row's
/// own target may be one of them. Without state: what is drawn depends on the stream, the batch's number and, where
/// they are among the negatives, its targets. Thread-safe.
class SharedSampler {
 public:
  /// `numbers`: of the training rows that take part. Popularity counts their targets, but every item at least once, so
  /// that each can be drawn.
  SharedSampler(const Dataset& dataset, const NegativeSampling& sampling, const RowNumbers& numbers);

  SharedNegatives draw(RandomStream stream, std::int64_t step, std::span<const std::int32_t> targets) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace seqrec::data
