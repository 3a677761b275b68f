#include "models/caser.h"

#include <cmath>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "kernels/copy.h"
#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

ModelSpec caser_spec(std::initializer_list<std::pair<const char*, Json>> changes) {
  ModelSpec spec{.model = "Caser", .n_users = 5, .n_items = 9, .hyper_parameters = Json::object()};
  spec.hyper_parameters["embedding_size"] = 4;
  spec.hyper_parameters["MAX_ITEM_LIST_LENGTH"] = 4;
  spec.hyper_parameters["dropout_prob"] = 0.0;
  for (const auto& [key, value] : changes) spec.hyper_parameters[key] = value;
  return spec;
}

/// Each row's next two targets, 0 where there are none.
Batch with_next(Batch batch) {
  batch.next_targets = Index({4, 1, 7, 0, 0, 0, 8, 2, 0, 0});
  return batch;
}

Tensor state_of(const SequentialRecommender& model, const std::string& name) {
  for (const auto& [key, tensor] : model.state())
    if (key == name) return tensor;
  FAIL("no parameter ", name);
  return {};
}

/// One window of these items, by user 1.
Batch window_of(std::vector<std::int32_t> items) {
  Batch batch;
  const auto count = static_cast<std::int32_t>(items.size());
  batch.value_users = Index(std::vector<std::int32_t>(items.size(), 1));
  batch.items = Index(std::move(items));
  batch.windows = Windows::adjacent({0, count});
  batch.users = Index({1});
  return batch;
}

std::vector<double> scores_of(SequentialRecommender& model, const Batch& batch) {
  model.eval();
  return model.full_sort_predict(batch).to_vector<double>();
}

}  // namespace

TEST_CASE("Caser: shared values give the loss and the scores of copies") {
  for (const char* loss_type : {"CE", "BPR", "BCE"})
    for (const char* head : {"recbole", "paper"})
      for (const int targets : {1, 3}) {
        const ModelSpec spec = caser_spec(
            {{"loss_type", loss_type}, {"caser_head", head}, {"caser_targets", targets}, {"nh", 3}, {"nv", 2}});
        const Batch batch = targets == 1 ? shared_batch() : with_next(shared_batch()), copy = copied(batch);
        CHECK(loss_of(spec, batch) == doctest::Approx(loss_of(spec, copy)).epsilon(1e-12));
        const auto model = make_model(spec, DType::F64, 3);
        const std::vector<double> scores = scores_of(*model, batch), again = scores_of(*model, copy);
        REQUIRE(scores.size() == again.size());
        for (std::size_t i = 0; i < scores.size(); ++i) CHECK(scores[i] == doctest::Approx(again[i]).epsilon(1e-12));
      }
}

TEST_CASE("Caser: each item stands once in the input, after the padding item, and windows are cut to the last ones") {
  const CaserInput input = caser_input(shared_batch(), 2);
  CHECK(std::vector<std::int32_t>(input.items.host().begin(), input.items.host().end()) ==
        std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(input.windows.padding == 0);
  CHECK(input.windows.length == 2);
  CHECK(input.windows.windows.max_length() == 2);
  CHECK(input.items[input.windows.rows[4]] == 5);
  CHECK(caser_input(window_of({}), 2).items.size() == 1);
}

TEST_CASE("Caser: a window is padded on the right by the padding item, an empty one is all padding") {
  auto model = make_model(caser_spec({}), DType::F64, 3);
  const std::vector<double> empty = scores_of(*model, window_of({}));
  const std::vector<double> padding = scores_of(*model, window_of({0, 0, 0, 0}));
  const std::vector<double> one = scores_of(*model, window_of({7}));
  const std::vector<double> padded = scores_of(*model, window_of({7, 0, 0, 0}));
  const std::vector<double> left = scores_of(*model, window_of({0, 0, 0, 7}));
  const std::vector<double> longer = scores_of(*model, window_of({1, 2, 7, 8, 3, 5}));
  const std::vector<double> cut = scores_of(*model, window_of({7, 8, 3, 5}));
  double difference = 0;
  for (std::size_t i = 0; i < empty.size(); ++i) {
    CHECK(std::isfinite(empty[i]));
    CHECK(empty[i] == doctest::Approx(padding[i]).epsilon(1e-12));
    CHECK(one[i] == doctest::Approx(padded[i]).epsilon(1e-12));
    CHECK(longer[i] == doctest::Approx(cut[i]).epsilon(1e-12));
    difference += std::abs(one[i] - left[i]);
  }
  CHECK(difference > 1e-9);
}

TEST_CASE("Caser: fifty heights of filters train without NaN, with one item and with histories of length 0 and 1 too") {
  const auto train = [](const ModelSpec& spec, const Batch& batch) {
    auto model = make_model(spec, DType::F32, 3);
    for (int step = 0; step < 3; ++step) {
      for (auto& [name, parameter] : model->parameters()) parameter.clear_grad();
      const autograd::Variable loss = model->calculate_loss(batch);
      CHECK(std::isfinite(loss.value().item()));
      autograd::backward(loss);
      for (auto& [name, parameter] : model->parameters()) {
        CAPTURE(name);
        const Tensor gradient = parameter.grad().dense();
        for (const float value : kernels::contiguous(gradient).to_vector<float>()) REQUIRE(std::isfinite(value));
        const auto values = parameter.value().span<float>();
        const auto gradients = kernels::contiguous(gradient).to_vector<float>();
        for (std::size_t i = 0; i < values.size(); ++i) values[i] -= 0.1f * gradients[i];
      }
    }
  };
  train(caser_spec({{"MAX_ITEM_LIST_LENGTH", 50}}), shared_batch());
  Batch short_ones{.items = Index({1}),
                   .value_users = Index({1}),
                   .windows = Windows({0, 0}, {0, 1}, 1),
                   .users = Index({1, 1}),
                   .targets = Index({1, 1}),
                   .negatives = Index(),
                   .labels = {}};
  for (const int length : {1, 50}) {
    ModelSpec one_item = caser_spec({{"MAX_ITEM_LIST_LENGTH", length}});
    one_item.n_items = 2;
    train(one_item, short_ones);
    const auto model = make_model(one_item, DType::F32, 3);
    const Recommendations best = model->recommend(short_ones, 1, {});
    CHECK(best.items.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 1});
  }
}

TEST_CASE("Caser: several targets are rows of the loss, as many as follow; each has its row's negatives") {
  const ModelSpec spec = caser_spec({{"caser_targets", 3}, {"reg_weight", 0}});
  const Batch batch = with_next(shared_batch());
  const CaserTargets of = caser_targets(batch, 3);
  CHECK(std::vector<std::int32_t>(of.rows.host().begin(), of.rows.host().end()) ==
        std::vector<std::int32_t>{0, 0, 0, 1, 1, 2, 3, 3, 3, 4});
  CHECK(std::vector<std::int32_t>(of.targets.host().begin(), of.targets.host().end()) ==
        std::vector<std::int32_t>{1, 4, 1, 1, 7, 7, 5, 8, 2, 8});
  CHECK(std::vector<std::int32_t>(of.negatives.host().begin(), of.negatives.host().end()) ==
        std::vector<std::int32_t>{2, 2, 2, 3, 3, 4, 6, 6, 6, 7});

  const auto model = make_model(spec, DType::F64, 3);
  const std::vector<double> scores = scores_of(*model, batch);
  const auto mean = [&](auto loss_of_pair) {
    double sum = 0;
    for (std::int64_t i = 0; i < of.rows.size(); ++i) sum += loss_of_pair(of.rows[i], of.targets[i], of.negatives[i]);
    return sum / static_cast<double>(of.rows.size());
  };
  const auto score = [&](std::int32_t row, std::int32_t item) { return scores[row * 9 + item]; };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  CHECK(model->calculate_loss(batch).value().item() ==
        doctest::Approx(mean([&](std::int32_t row, std::int32_t target, std::int32_t) {
          double sum = 0;
          for (std::int32_t item = 0; item < 9; ++item) sum += std::exp(score(row, item));
          return std::log(sum) - score(row, target);
        })));
  CHECK(loss_of(caser_spec({{"caser_targets", 3}, {"reg_weight", 0}, {"loss_type", "BCE"}}), batch) ==
        doctest::Approx(mean([&](std::int32_t row, std::int32_t target, std::int32_t negative) {
          return -std::log(sigmoid(score(row, target))) - std::log(1 - sigmoid(score(row, negative)));
        })));

  CHECK_THROWS_WITH_AS(loss_of(spec, shared_batch()),
                       "[caser] expected a target and 2 next ones per row, got 5 and 0 for 5 rows", ShapeError);
  CHECK_THROWS_WITH_AS(loss_of(caser_spec({{"loss_type", "BPR"}}), window_of({1})),
                       "[caser] expected a target and 0 next ones per row, got 0 and 0 for 1 rows", ShapeError);
}

TEST_CASE("Caser: the regulariser is RecBole's sum of norms") {
  for (const char* head : {"recbole", "paper"}) {
    const ModelSpec without = caser_spec({{"reg_weight", 0}, {"caser_head", head}}),
                    with = caser_spec({{"reg_weight", 0.5}, {"caser_head", head}});
    double norms = 0;
    for (const auto& [name, tensor] : make_model(with, DType::F64, 3)->state()) {
      if (!name.ends_with("weight")) continue;
      double squares = 0;
      for (const double value : kernels::contiguous(tensor).to_vector<double>()) squares += value * value;
      norms += std::sqrt(squares);
    }
    CHECK(loss_of(with, shared_batch()) - loss_of(without, shared_batch()) == doctest::Approx(0.5 * norms));
  }
}

TEST_CASE("Caser: the paper's head scores the convolutions and the user by item vectors and biases of its own") {
  auto model = make_model(caser_spec({{"caser_head", "paper"}}), DType::F64, 3);
  const Tensor w2 = state_of(*model, "W2.weight");
  REQUIRE(w2.shape() == Shape{9, 9});
  const std::vector<double> before = scores_of(*model, window_of({3, 4}));
  w2.at<double>({5, 8}) += 2;  // the bias of item 5
  const std::vector<double> after = scores_of(*model, window_of({3, 4}));
  for (std::size_t i = 0; i < 9; ++i) CHECK(after[i] == doctest::Approx(before[i] + (i == 5 ? 2 : 0)).epsilon(1e-12));
  const Tensor user = state_of(*model, "user_embedding.weight");
  w2.at<double>({6, 4}) += 3;  // of item 6, what meets the user's first number
  CHECK(scores_of(*model, window_of({3, 4}))[6] == doctest::Approx(after[6] + 3 * user.at<double>({1, 0})));
  for (const auto& [name, parameter] : model->parameters()) CHECK_FALSE(name.starts_with("fc2"));
}

TEST_CASE("Caser: bad hyper-parameters are named") {
  const auto making = [](std::initializer_list<std::pair<const char*, Json>> changes) {
    make_model(caser_spec(changes), DType::F32, 1);
  };
  CHECK_THROWS_WITH_AS(making({{"nh", 0}}), "nh: got 0, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"nv", -1}}), "nv: got -1, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"MAX_ITEM_LIST_LENGTH", 1001}}),
                       "MAX_ITEM_LIST_LENGTH: got 1001, expected a whole number from 1 to 1000", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"dropout_prob", 1}}), "dropout_prob: got 1, expected a number from 0 to below 1",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making({{"caser_targets", 0}}),
                       "caser_targets: got 0, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"loss_type", "TOP1"}}),
                       "loss_type: got \"TOP1\", expected one of CE, BPR, BCE, sampled_softmax, gbce", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"caser_head", "author"}}), "caser_head: got \"author\", expected one of recbole, paper",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making({{"reg_weight", Json::Array{0.01, 1e-4}}}),
                       "reg_weight: got [0.01,1e-04], expected a number from 0 to 1e+30", ConfigError);
}
