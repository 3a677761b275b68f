#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/metrics.h"

namespace seqrec::train {

/// An item that was scored for a user.
struct Candidate {
  std::int32_t item;
  double score;
  bool positive;
};

/// Adds the ranking of a user's candidates: best first, of equal scores the lower id first. An item that occurs twice
/// counts once, by its first place (RecBole keeps scores in a matrix, where repeats collapse too). NumericError for a
/// NaN among the scores. Sorts `candidates`.
void add_user(Rankings& rankings, std::vector<Candidate>& candidates);

/// Adds a user whose `k` best items are known already, of one positive.
void add_user(Rankings& rankings, std::span<const std::int32_t> items, std::int32_t positive);

}  // namespace seqrec::train
