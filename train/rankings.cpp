#include "train/rankings.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace seqrec::train {

void add_user(Rankings& rankings, std::vector<Candidate>& candidates) {
  const auto by_item = [](const Candidate& a, const Candidate& b) { return a.item < b.item; };
  std::stable_sort(candidates.begin(), candidates.end(), by_item);
  const auto same = [](const Candidate& a, const Candidate& b) { return a.item == b.item; };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), same), candidates.end());
  for (const Candidate& candidate : candidates)
    require<NumericError>(!std::isnan(candidate.score), "the model's score of item ", candidate.item, " is NaN");
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });

  double rank_sum = 0;
  std::int32_t positives = 0;
  for (std::size_t i = 0; i < candidates.size();) {
    std::size_t end = i;
    std::int32_t equal_positives = 0;
    for (; end < candidates.size() && candidates[end].score == candidates[i].score; ++end)
      equal_positives += candidates[end].positive;
    rank_sum += equal_positives * (static_cast<double>(i + 1) + static_cast<double>(end)) / 2;
    positives += equal_positives;
    i = end;
  }
  for (std::size_t j = 0; j < static_cast<std::size_t>(rankings.k); ++j) {
    const bool there = j < candidates.size();
    rankings.items.push_back(there ? candidates[j].item : -1);
    rankings.hits.push_back(there && candidates[j].positive);
  }
  rankings.positives.push_back(positives);
  rankings.rank_sums.push_back(rank_sum);
  rankings.candidates.push_back(static_cast<std::int64_t>(candidates.size()));
}

void add_user(Rankings& rankings, std::span<const std::int32_t> items, std::int32_t positive) {
  rankings.items.insert(rankings.items.end(), items.begin(), items.end());
  for (const std::int32_t item : items) rankings.hits.push_back(item == positive);
  rankings.positives.push_back(1);
}

}  // namespace seqrec::train
