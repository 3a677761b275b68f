#include "data/shared_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "data/batches.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

using Distribution = NegativeSampling::Distribution;

constexpr RandomStream kSharedStream = random_stream(7, Purpose::Test);

/// All of it trains.
Dataset all_of(const DatasetFiles& files) { return files.prepare({"eval_args={split: {RS: [1, 0, 0]}}"}); }

std::vector<std::int32_t> numbers_of(const Dataset& dataset) {
  std::vector<std::int32_t> numbers(dataset.train.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

Key loss_key(const char* value) {
  return Key::choice("loss_type", value, {"CE", "BPR", "sampled_softmax", "gbce"}, "Loss");
}

}  // namespace

TEST_CASE("shared negatives are drawn as often as they say, by each distribution") {
  const Dataset dataset = all_of(skewed_clicks(5));
  std::vector<std::int32_t> numbers = numbers_of(dataset);
  constexpr std::int32_t kDraws = 4000, kEach = 4, kBatch = 6;
  for (const Distribution distribution :
       {Distribution::Uniform, Distribution::Popularity, Distribution::InBatch, Distribution::Mixed})
    for (const double alpha : {0.0, 0.5}) {
      const std::int64_t each = distribution == Distribution::InBatch ? 0 : kEach;
      const SharedSampler sampler(dataset, {distribution, each, alpha, true}, RowNumbers(numbers));
      // The row at hand has the last number: others come and go.
      const std::int32_t own = dataset.target(dataset.train[numbers.back()]);
      std::vector<double> mean(dataset.n_items()), expected(dataset.n_items());
      Random random(random_stream(3, Purpose::Test));
      for (int draw = 0; draw < kDraws; ++draw) {
        std::vector<std::int32_t> others(numbers.begin(), numbers.end() - 1), targets{own};
        random.shuffle(others);
        for (int i = 1; i < kBatch; ++i) targets.push_back(dataset.target(dataset.train[others[i]]));
        const SharedNegatives negatives = sampler.draw(kSharedStream, draw, targets);
        CHECK(std::ranges::is_sorted(negatives.items));
        for (std::size_t i = 0; i < negatives.items.size(); ++i)
          mean[negatives.items[i]] += static_cast<double>(negatives.counts[i]) / kDraws;
        for (std::int32_t item = 1; item < dataset.n_items(); ++item) expected[item] = negatives.expected(item);
      }
      CAPTURE(static_cast<int>(distribution));
      CHECK(mean[0] == 0);
      for (std::int32_t item = 1; item < dataset.n_items(); ++item) {
        if (item == own) continue;
        CAPTURE(item);
        CHECK(std::abs(mean[item] - expected[item]) < 5 * std::sqrt(std::max(expected[item], 0.01) / kDraws));
      }
    }
}

TEST_CASE("popular shared negatives follow the targets' counts, and every item can be one") {
  const Dataset dataset = all_of(skewed_clicks(4));
  const SharedSampler sampler(dataset, {Distribution::Popularity, 10, 0.5, true}, RowNumbers(numbers_of(dataset)));
  const SharedNegatives negatives = sampler.draw(kSharedStream, 0, {});
  const double sum = 1 + 1 + std::sqrt(2) + std::sqrt(3) + 2;  // a, which is never a target, counts once
  CHECK(negatives.expected(*dataset.items.find("a")) == doctest::Approx(10 / sum));
  CHECK(negatives.expected(*dataset.items.find("i3")) == doctest::Approx(10 * std::sqrt(3) / sum));
}

TEST_CASE("shared negatives are addressed by stream and step") {
  const Dataset dataset = all_of(skewed_clicks(40));
  const SharedSampler sampler(dataset, {Distribution::Uniform, 30, 1.0, true}, RowNumbers(numbers_of(dataset)));
  const auto draw = [&](std::int64_t step, RandomStream stream = kSharedStream) {
    return sampler.draw(stream, step, {}).items;
  };
  CHECK(draw(3) == draw(3));
  CHECK(draw(3) != draw(4));
  CHECK(draw(3) != draw(3, random_stream(8, Purpose::Test)));
}

TEST_CASE("batches whose rows share negatives have train_batch_size rows and hold each negative once") {
  const DatasetFiles files = skewed_clicks(8);
  const Dataset dataset = all_of(files);
  const Config config =
      files.config({"train_batch_size=16", "train_neg_sample_args={sample_num: 7}"}, {loss_key("sampled_softmax")});
  const Batch batch = TrainBatches(dataset, config).epoch(1).batch(0);
  CHECK(batch.rows() == 16);
  CHECK(batch.negatives.size() == 0);
  const SharedNegatives& shared = batch.shared_negatives;
  CHECK(std::ranges::adjacent_find(shared.items) == shared.items.end());
  CHECK(std::accumulate(shared.counts.begin(), shared.counts.end(), 0) == 7);
}

TEST_CASE("more shared negatives than there are other items are refused") {
  const DatasetFiles files = skewed_clicks(8);
  const Dataset dataset = all_of(files);
  const auto error = [&](const char* loss_type, std::vector<std::string> settings) {
    return message_of<ConfigError>(
        [&] { TrainBatches(dataset, files.config(std::move(settings), {loss_key(loss_type)})); });
  };
  CHECK(
      error("gbce", {"train_neg_sample_args={sample_num: 9}"})
          .ends_with("expected a sample_num of at most 8, the items beside a target; loss_type CE compares with all"));
  // The default is as many as there are.
  const Config config = files.config({}, {loss_key("sampled_softmax")});
  const SharedNegatives shared = TrainBatches(dataset, config).epoch(1).batch(0).shared_negatives;
  CHECK(std::accumulate(shared.counts.begin(), shared.counts.end(), 0) == 8);
}
