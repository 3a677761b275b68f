#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "data/config.h"
#include "data/dataset.h"
#include "train/metrics.h"

namespace seqrec::models {
class SequentialRecommender;
}

namespace seqrec::train {

class Observer;

/// What simple models come to in the test of a trained one: the same rows, candidates and masks.
struct Baselines {
  /// Metrics by the baseline's name among the values of the key `baselines`: "pop", "markov", "item_knn".
  std::vector<std::pair<std::string, MetricValues>> tests;
  std::int64_t rows = 0;  ///< that they were tested on: all, or as many as are said to be enough
  MetricValues model;     ///< of the trained model on these rows; empty where they are all rows
  /// In words, where the trained model is worse than a baseline by valid_metric: "mrr@10 of SHAN is 0.03, worse than
  /// Markov's 0.05, which only counts"; else empty.
  std::string below;

  bool empty() const { return tests.empty(); }
};
/// {"rows":943,"pop":{"hit@10":..},..}, with "model" and "below" only if there are any.
Json to_json(const Baselines& baselines);
/// The inverse. FormatError if a member is missing.
Baselines baselines_of(const Json& json);

/// Which rows a baseline is tested on.
struct BaselineTest {
  data::Split split = data::Split::Test;
  Observer* observer = nullptr;  ///< is told of the work
  std::int64_t most_rows = 10'000;
};

/// Fits what the key `baselines` names, each in one pass over the training rows with its default keys, and tests it
/// beside the model that was trained, which came to `test` (in a validation, to that). Never the model itself; nothing
/// where metrics are of values (AUC, ...), since a baseline has no probabilities, and without training rows. Of more
/// than `most_rows` test rows every so many-th history is tested, for the model too, so that it takes seconds however
/// large the data are.
Baselines test_baselines(const data::Dataset& dataset, const data::Config& config, models::SequentialRecommender& model,
                         const MetricValues& test, const BaselineTest& how = {});

}  // namespace seqrec::train
