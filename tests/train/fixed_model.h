#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/topk.h"
#include "toy.h"
#include "train/evaluator.h"

namespace seqrec::train {

/// Scores depend on the user, the length of the window and the item; no two are equal but by chance.
class FixedModel : public models::SequentialRecommender {
 public:
  explicit FixedModel(std::int64_t n_items) : SequentialRecommender(nn::Root(0)), n_items_(n_items) {}
  static double score(std::int32_t user, std::int32_t length, std::int32_t item) {
    return static_cast<double>((user * 31 + length * 17 + item * 101) % 97) / 97;
  }

  models::Variable calculate_loss(const Batch&) override { throw UsageError("not trained"); }
  Tensor predict_candidates(const Batch& batch, const Ragged& candidates) override {
    ++predictions;
    std::vector<double> scores;
    for (std::int64_t row = 0; row < batch.rows(); ++row)
      for (const std::int32_t item : candidates[row])
        scores.push_back(broken ? NAN : score(batch.users[row], batch.windows.length(row), item));
    return Tensor::from(scores, {std::ssize(scores)});
  }
  Tensor full_sort_predict(const Batch& batch) override {
    std::vector<double> scores;
    for (std::int64_t row = 0; row < batch.rows(); ++row)
      for (std::int32_t item = 0; item < n_items_; ++item)
        scores.push_back(item == 0 ? 1e9 : broken ? NAN : score(batch.users[row], batch.windows.length(row), item));
    return Tensor::from(scores, {batch.rows(), n_items_});
  }
  models::Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) override {
    Tensor scores = full_sort_predict(batch);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      scores.at<double>({row, 0}) = -INFINITY;
      if (!excluded.empty())
        for (const std::int32_t item : excluded[row]) scores.at<double>({row, item}) = -INFINITY;
    }
    models::Recommendations best{Tensor({batch.rows(), k}, DType::I32), Tensor({batch.rows(), k}, DType::F64)};
    kernels::topk(scores, k, best.scores, best.items);
    return best;
  }

  int predictions = 0;
  bool broken = false;

 private:
  std::int64_t n_items_;
};

struct ToyEvaluation {
  explicit ToyEvaluation(std::vector<std::string> settings) {
    write_toy(folder.path());
    prepare(folder.path(), std::move(settings));
  }
  /// Of other data in DATA/toy.
  ToyEvaluation(const std::filesystem::path& data, std::vector<std::string> settings) {
    prepare(data, std::move(settings));
  }
  MetricValues evaluate(FixedModel& model, std::int64_t round = 0, data::Split split = data::Split::Test) const {
    return Evaluator(dataset, split, *config).evaluate(model, round);
  }
  TempFolder folder;
  std::optional<data::Config> config;
  data::Dataset dataset;

 private:
  void prepare(const std::filesystem::path& data, std::vector<std::string> settings) {
    config.emplace(toy_config(data, std::move(settings)));
    dataset = data::prepare(*config);
  }
};

inline double value_of(const MetricValues& values, const char* key) {
  const double* value = find(values, key);
  REQUIRE_MESSAGE(value != nullptr, key);
  return *value;
}

}  // namespace seqrec::train
