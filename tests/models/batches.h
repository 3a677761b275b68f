#pragma once

#include "models/list.h"

namespace seqrec::models {

/// Prefixes of two histories as windows over shared values; items below 9, users below 5, one negative per row.
inline Batch shared_batch() {
  return {.items = Index({3, 1, 4, 1, 5, 2, 6, 5}),
          .value_users = Index({1, 1, 1, 1, 1, 3, 3, 3}),
          .windows = Windows({0, 0, 1, 5, 5}, {1, 3, 5, 7, 8}, 8),
          .users = Index({1, 1, 1, 3, 3}),
          .targets = Index({1, 1, 7, 5, 8}),
          .negatives = Index({2, 3, 4, 6, 7}),
          .labels = {}};
}

/// The same rows, each with values of its own.
inline Batch copied(const Batch& shared) {
  std::vector<std::int32_t> items, users, begin, end;
  for (std::int64_t r = 0; r < shared.rows(); ++r) {
    begin.push_back(static_cast<std::int32_t>(items.size()));
    for (std::int32_t v = shared.windows.begin()[r]; v < shared.windows.end()[r]; ++v) {
      items.push_back(shared.items[v]);
      users.push_back(shared.value_users[v]);
    }
    end.push_back(static_cast<std::int32_t>(items.size()));
  }
  Batch copied = shared;
  const auto values = static_cast<std::int64_t>(items.size());
  copied.items = Index(std::move(items));
  copied.value_users = Index(std::move(users));
  copied.windows = Windows(std::move(begin), std::move(end), values);
  return copied;
}

/// The loss of a fresh model in f64.
inline double loss_of(const ModelSpec& spec, const Batch& batch, std::uint64_t step = 1) {
  const auto model = make_model(spec, DType::F64, 3);
  model->begin_step(5, step);
  return model->calculate_loss(batch).value().item();
}

}  // namespace seqrec::models
