#pragma once

#include <cstdint>
#include <optional>

namespace seqrec::train {

/// RecBole's rule: a score at least as good as the best one (a tie too) becomes the best; more than `stopping_step`
/// scores in a row that are not stop the training.
struct EarlyStopping {
  std::int64_t cur_step = 0;         ///< scores since the best one
  std::optional<double> best_score;  ///< none before the first
  bool stopped = false;

  /// Whether `score` is the best so far.
  bool update(double score, bool bigger, std::int64_t stopping_step) {
    const bool best = !best_score || (bigger ? score >= *best_score : score <= *best_score);
    if (best) best_score = score;
    cur_step = best ? 0 : cur_step + 1;
    stopped = cur_step > stopping_step;
    return best;
  }
};

}  // namespace seqrec::train
