#include "train/training_sessions.h"

namespace seqrec::train {
namespace {

/// Of each user's histories in pre-split files all but the last one of the longest.
std::vector<std::uint8_t> find_repeated(const data::Dataset& dataset, const models::TrainingSessions& sessions) {
  std::vector<std::uint8_t> repeated(static_cast<std::size_t>(sessions.size()));
  if (!dataset.presplit) return repeated;
  std::vector<std::int64_t> longest(dataset.n_users(), -1);
  for (std::int64_t s = 0; s < sessions.size(); ++s) {
    std::int64_t& best = longest[dataset.history_users[dataset.by_last_training[s]]];
    const bool longer = best < 0 || sessions.session(best).size() <= sessions.session(s).size();
    if (best >= 0) repeated[longer ? best : s] = 1;
    if (longer) best = s;
  }
  return repeated;
}

}  // namespace

models::TrainingSessions training_sessions(const data::Dataset& dataset) {
  std::vector<std::int64_t> first_row(static_cast<std::size_t>(dataset.histories()) + 1);  // of each history
  for (const data::Row row : dataset.train) ++first_row[row.history + 1];
  for (std::size_t h = 1; h < first_row.size(); ++h) first_row[h] += first_row[h - 1];
  models::TrainingSessions out;
  for (const std::int32_t h : dataset.by_last_training) {
    const std::int64_t end = first_row[h + 1];
    const auto session = dataset.history(h).first(static_cast<std::size_t>(dataset.train[end - 1].position) + 1);
    out.items.insert(out.items.end(), session.begin(), session.end());
    out.is_target.resize(out.items.size());
    for (std::int64_t row = first_row[h]; row < end; ++row)
      out.is_target[out.offsets.back() + dataset.train[row].position] = 1;
    out.offsets.push_back(std::ssize(out.items));
  }
  out.repeated = find_repeated(dataset, out);
  return out;
}

}  // namespace seqrec::train
