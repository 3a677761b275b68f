#include "models/shan.h"

#include <cmath>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "kernels/copy.h"
#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

ModelSpec shan_spec(std::initializer_list<std::pair<const char*, Json>> changes) {
  ModelSpec spec{.model = "SHAN", .n_users = 5, .n_items = 9, .hyper_parameters = Json::object()};
  spec.hyper_parameters["embedding_size"] = 4;
  for (const auto& [key, value] : changes) spec.hyper_parameters[key] = value;
  return spec;
}

}  // namespace

TEST_CASE("shared values give the loss and the scores of copies") {
  for (const char* loss_type : {"CE", "BPR"}) {
    for (const char* long_set : {"all", "before_short"}) {
      const ModelSpec spec =
          shan_spec({{"loss_type", loss_type}, {"shan_long_set", long_set}, {"short_item_length", 2}});
      CHECK(loss_of(spec, shared_batch()) == doctest::Approx(loss_of(spec, copied(shared_batch()))).epsilon(1e-12));
    }
  }
  auto model = make_model(shan_spec({}), DType::F64, 3);
  model->eval();
  const auto shared = model->full_sort_predict(shared_batch()).to_vector<double>();
  const auto alone = model->full_sort_predict(copied(shared_batch())).to_vector<double>();
  for (std::size_t i = 0; i < shared.size(); ++i) CHECK(shared[i] == doctest::Approx(alone[i]).epsilon(1e-12));
}

TEST_CASE("the sets of a window: long-term, short-term, right-padded, disjoint, cut to the last items") {
  const Batch batch = shared_batch();
  const auto lengths = [&](const ShanSets& sets) {
    const ShanInput input = shan_input(batch, sets);
    std::vector<std::pair<int, int>> out;
    for (std::int64_t r = 0; r < batch.rows(); ++r) {
      out.emplace_back(input.long_windows.length(r), input.short_windows.length(r));
    }
    return out;
  };
  using Lengths = std::vector<std::pair<int, int>>;  // the short-term level holds the long-term vector too
  CHECK(lengths({.max_length = 10, .short_length = 2}) == Lengths{{1, 2}, {3, 3}, {4, 3}, {2, 3}, {3, 3}});
  CHECK(lengths({.max_length = 2, .short_length = 1}) == Lengths{{1, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}});
  CHECK(lengths({.max_length = 4, .short_length = 2, .right_padded = true}) ==
        Lengths{{1, 1}, {3, 2}, {4, 3}, {2, 1}, {3, 2}});
  CHECK(lengths({.max_length = 10, .short_length = 2, .disjoint = true}) ==
        Lengths{{0, 1}, {1, 3}, {2, 3}, {0, 2}, {1, 3}});
}

TEST_CASE("items and users stand once in the input") {
  const ShanInput input = shan_input(shared_batch(), {.max_length = 10, .short_length = 2});
  CHECK(input.items.size() == 6);
  CHECK(input.users.size() == 2);
  CHECK(input.items[input.value_items[3]] == 1);
  CHECK(input.short_rows[0] == 6);  // row 0's long-term vector
}

TEST_CASE("a row without a history scores by the padding item, as in RecBole") {
  auto model = make_model(shan_spec({}), DType::F64, 3);
  model->eval();
  const Batch batch{.items = Index({4}),
                    .value_users = Index({2}),
                    .windows = Windows({0, 0}, {0, 1}, 1),
                    .users = Index({1, 2}),
                    .targets = Index(),
                    .negatives = Index(),
                    .labels = {}};
  const Tensor scores = model->full_sort_predict(batch);
  const Tensor table = model->parameters()[2].second.value();
  REQUIRE(model->parameters()[2].first == "item_embedding.weight");
  for (std::int64_t item = 0; item < 9; ++item) {
    double expected = 0;
    for (std::int64_t c = 0; c < 4; ++c) expected += table.at<double>({0, c}) * table.at<double>({item, c});
    CHECK(scores.at<double>({0, item}) == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("recommend gives the best of the full sort, without padding and what is excluded") {
  auto model = make_model(shan_spec({}), DType::F64, 3);
  model->eval();
  const Batch batch = shared_batch();
  const Tensor scores = model->full_sort_predict(batch);
  const Recommendations best = model->recommend(batch, 3, {Windows::adjacent({0, 2, 2, 2, 2, 2}), Index({1, 8})});
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    std::int32_t expected = 0;
    for (std::int32_t item = 1; item < 9; ++item) {
      if (r == 0 && (item == 1 || item == 8)) continue;
      if (expected == 0 || scores.at<double>({r, item}) > scores.at<double>({r, expected})) expected = item;
    }
    CHECK(best.items.at<std::int32_t>({r, 0}) == expected);
    CHECK(best.scores.at<double>({r, 0}) == doctest::Approx(scores.at<double>({r, expected})).epsilon(1e-12));
  }
  const Recommendations all = model->recommend(batch, 10, {});
  CHECK(all.items.at<std::int32_t>({0, 8}) == -1);
}

TEST_CASE("predict scores each row's target") {
  auto model = make_model(shan_spec({}), DType::F64, 3);
  const Batch batch = shared_batch();
  const Tensor scores = model->full_sort_predict(batch), targets = model->predict(batch);
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    CHECK(targets.at<double>({r}) == doctest::Approx(scores.at<double>({r, batch.targets[r]})).epsilon(1e-12));
  }
  Batch without = batch;
  without.targets = Index();
  CHECK_THROWS_WITH_AS(model->predict(without), "[predict] needs a target per row, got 0 for 5 rows", ShapeError);
}

TEST_CASE("what the paper does otherwise: single bias, squared norms") {
  CHECK(make_model(shan_spec({{"shan_bias", "single"}}), DType::F64, 3)->parameters().size() ==
        make_model(shan_spec({}), DType::F64, 3)->parameters().size() - 2);
  const auto regularisation = [](const char* norm) {
    const Json none = Json::Array{0.0, 0.0}, some = Json::Array{0.5, 0.25};
    return loss_of(shan_spec({{"reg_norm", norm}, {"reg_weight", some}}), shared_batch()) -
           loss_of(shan_spec({{"reg_norm", norm}, {"reg_weight", none}}), shared_batch());
  };
  auto model = make_model(shan_spec({}), DType::F64, 3);
  std::map<std::string, Tensor> state;
  for (const auto& [name, tensor] : model->state()) state[name] = tensor;
  const auto squares = [](const Tensor& tensor) {
    double sum = 0;
    for (const double value : kernels::contiguous(tensor).to_vector<double>()) sum += value * value;
    return sum;
  };
  const Batch batch = shared_batch();
  double users = 0, items = 0;
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    users += squares(state["user_embedding.weight"].select(0, batch.users[r]));
    items += squares(state["item_embedding.weight"].select(0, batch.targets[r]));
  }
  const double w1 = squares(state["long_w.weight"]), w2 = squares(state["long_short_w.weight"]);
  CHECK(regularisation("unsquared") ==
        doctest::Approx(0.5 * (std::sqrt(w1) + std::sqrt(w2)) + 0.25 * (std::sqrt(users) + std::sqrt(items))));
  CHECK(regularisation("squared") == doctest::Approx(0.5 * (w1 + w2) + 0.25 * (users + items) / 5));
}

TEST_CASE("bad hyper-parameters are named") {
  const auto making = [](std::initializer_list<std::pair<const char*, Json>> changes) {
    make_model(shan_spec(changes), DType::F32, 1);
  };
  CHECK_THROWS_WITH_AS(making({{"embedding_size", 0}}),
                       "embedding_size: got 0, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"MAX_ITEM_LIST_LENGTH", 0}}),
                       "MAX_ITEM_LIST_LENGTH: got 0, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"short_item_length", 51}}),
                       "short_item_length can't be longer than MAX_ITEM_LIST_LENGTH: got 51 and 50", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"loss_type", "XE"}}),
                       "loss_type: got \"XE\", expected one of CE, BPR, sampled_softmax, gbce", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"reg_weight", Json::Array{1.0}}}),
                       "reg_weight: got [1.0], expected a list of 2 numbers from 0 on", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"compat", "both"}}), "compat: got \"both\", expected one of fixed, recbole",
                       ConfigError);
  ModelSpec unknown = shan_spec({});
  unknown.model = "SHANN";
  CHECK_THROWS_AS(make_model(unknown, DType::F32, 1), ConfigError);
  ModelSpec no_items = shan_spec({});
  no_items.n_items = 1;
  CHECK_THROWS_AS(make_model(no_items, DType::F32, 1), ConfigError);
  ModelSpec missing = shan_spec({});
  missing.hyper_parameters = Json::object();
  for (const auto& [name, tensor] : make_model(missing, DType::F32, 1)->state())
    if (name == "item_embedding.weight") CHECK(tensor.shape() == Shape{9, 64});  // the default width
}
