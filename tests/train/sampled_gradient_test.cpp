// What the gradients of the sampled softmax are on average, over many draws, beside those of the cross-entropy over all
// items.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/embedding.h"
#include "core/random.h"
#include "data/shared_sampler.h"
#include "models/sampled_loss.h"
#include "tests/data/dataset_files.h"

using namespace seqrec;
using namespace seqrec::autograd;

namespace {

using Distribution = data::NegativeSampling::Distribution;

constexpr std::int64_t kWidth = 4;
constexpr int kDraws = 300, kBatch = 200;
constexpr std::int64_t kNegatives = 400;

Tensor normal_numbers(const Shape& shape, std::uint64_t part) {
  Tensor out(shape, DType::F64);
  Random random(random_stream(5, Purpose::Test, part));
  for (double& element : out.span<double>()) element = 0.7 * random.normal();
  return out;
}

/// Some numbers of a gradient: the row's vector's, and four sums over the table's with fixed weights.
std::array<double, 2 * kWidth> numbers_of(const Variable& output, const Variable& table) {
  std::array<double, 2 * kWidth> numbers{};
  const Tensor weights = normal_numbers({kWidth, table.value().numel()}, 9);
  const auto slopes = table.grad().dense().span<double>();
  for (std::int64_t k = 0; k < kWidth; ++k) {
    numbers[k] = output.grad().dense().at<double>({0, k});
    for (std::int64_t i = 0; i < std::ssize(slopes); ++i) numbers[kWidth + k] += weights.at<double>({k, i}) * slopes[i];
  }
  return numbers;
}

models::SampledLoss loss_of(const char* log_q, std::int64_t n_items) {
  Json keys = Json::object();
  keys["loss_type"] = "sampled_softmax";
  keys["logq"] = log_q;
  keys["gbce_t"] = 0.75;
  return {models::HyperParameters(keys), n_items};
}

}  // namespace

TEST_CASE("the mean gradient of sampled_softmax is that of CE if corrected, and is not if it isn't") {
  // Item i is the target of i rows; a of two.
  std::string text = "user_id:token\titem_id:token\ttimestamp:float\nu\ta\t0\nu\ta\t0.5\n";
  for (int i = 1; i <= 25; ++i)
    for (int k = 0; k < i; ++k) text += concat("u\ti", i, "\t", i, "\n");
  const data::Dataset dataset = DatasetFiles(text + "u\ta\t30\n").prepare({"eval_args={split: {RS: [1, 0, 0]}}"});
  std::vector<std::int32_t> numbers(dataset.train.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  const std::int32_t own_row = 80, own = dataset.target(dataset.train[own_row]);

  const Tensor hidden = normal_numbers({1, kWidth}, 1), items = normal_numbers({dataset.n_items(), kWidth}, 2);
  const auto gradient = [&](const auto& loss) {
    const Variable output(hidden, true), table(items, true);
    backward(loss(output, table));
    return numbers_of(output, table);
  };
  const auto exact = gradient([&](const Variable& output, const Variable& table) {
    return catalogue_cross_entropy(output, table, Index({own}), 1);
  });

  for (const Distribution distribution :
       {Distribution::Uniform, Distribution::Popularity, Distribution::InBatch, Distribution::Mixed}) {
    const std::int64_t each = distribution == Distribution::InBatch ? 0 : kNegatives;
    const data::SharedSampler sampler(dataset, {distribution, each, 0.5, true}, data::RowNumbers(numbers));
    for (const char* log_q : {"corrected", "standard", "none"}) {
      const models::SampledLoss sampled = loss_of(log_q, dataset.n_items());
      std::array<double, 2 * kWidth> sum{}, squares{};
      Random random(random_stream(6, Purpose::Test));
      for (int draw = 0; draw < kDraws; ++draw) {
        std::vector<std::int32_t> others = numbers, targets{own};
        others.erase(others.begin() + own_row);
        random.shuffle(others);
        for (int i = 1; i < kBatch; ++i) targets.push_back(dataset.target(dataset.train[others[i]]));
        const nn::SampledClasses of =
            sampled.input(Index({own}), sampler.draw(random_stream(7, Purpose::Test), draw, targets));
        const auto one = gradient([&](const Variable& output, const Variable& table) {
          return nn::sampled_softmax_loss(output, embedding(table, Index({own})), embedding(table, of.items), of);
        });
        for (std::size_t i = 0; i < one.size(); ++i) sum[i] += one[i], squares[i] += one[i] * one[i];
      }
      double furthest = 0;  // in standard errors
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const double mean = sum[i] / kDraws, variance = squares[i] / kDraws - mean * mean;
        furthest = std::max(furthest, std::abs(mean - exact[i]) / std::sqrt(variance / (kDraws - 1)));
      }
      CAPTURE(static_cast<int>(distribution));
      CAPTURE(std::string(log_q));
      CAPTURE(furthest);
      if (log_q == std::string("corrected"))
        CHECK(furthest < 3);
      else
        CHECK(furthest > 5);
    }
  }
}
