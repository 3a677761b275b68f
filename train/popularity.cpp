#include "train/popularity.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "train/evaluator.h"

namespace seqrec::train {
namespace {

class Popularity : public models::SequentialRecommender {
 public:
  explicit Popularity(const std::vector<std::int64_t>& counts)
      : SequentialRecommender(nn::Root(0)), scores_(counts.begin(), counts.end()) {
    order_.resize(counts.size() - 1);
    std::iota(order_.begin(), order_.end(), 1);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::int32_t a, std::int32_t b) { return counts[place(a)] > counts[place(b)]; });
  }

  models::Variable calculate_loss(const Batch&) override { throw UsageError("popularity has nothing to train"); }

  Tensor predict_candidates(const Batch& batch, const Ragged& candidates) override {
    std::vector<float> scores;
    for (const std::int32_t item : in_order(candidates, batch).host()) scores.push_back(scores_[place(item)]);
    return Tensor::from(scores, {std::ssize(scores)});
  }

  Tensor full_sort_predict(const Batch& batch) override {
    std::vector<float> scores;
    for (std::int64_t row = 0; row < batch.rows(); ++row) scores.insert(scores.end(), scores_.begin(), scores_.end());
    return Tensor::from(scores, {batch.rows(), static_cast<std::int64_t>(scores_.size())});
  }

  models::Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) override {
    const auto cells = static_cast<std::size_t>(batch.rows() * k);
    std::vector<std::int32_t> items(cells, -1);
    std::vector<float> scores(cells, -std::numeric_limits<float>::infinity());
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const auto left_out = excluded.empty() ? std::span<const std::int32_t>() : excluded[row];
      std::int64_t j = 0;
      for (std::size_t next = 0; j < k && next < order_.size(); ++next) {
        const std::int32_t item = order_[next];
        if (std::find(left_out.begin(), left_out.end(), item) != left_out.end()) continue;
        items[row * k + j] = item;
        scores[row * k + j] = scores_[place(item)];
        ++j;
      }
    }
    return {Tensor::from(items, {batch.rows(), k}), Tensor::from(scores, {batch.rows(), k})};
  }

 private:
  static std::size_t place(std::int32_t id) { return static_cast<std::size_t>(id); }

  std::vector<float> scores_;        // by item
  std::vector<std::int32_t> order_;  // items, most popular first
};

}  // namespace

MetricValues popularity_metrics(const data::Dataset& dataset, data::Split split, const data::Config& config) {
  Popularity model(data::item_counts(dataset, dataset.train));
  return rounded(Evaluator(dataset, split, config).evaluate(model), config.get_int("metric_decimal_place"));
}

}  // namespace seqrec::train
