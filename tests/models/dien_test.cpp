#include "models/dien.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "kernels/copy.h"
#include "tests/message_of.h"
#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

constexpr std::int64_t kUsers = 5, kItems = 9;

ModelSpec dien_spec(std::initializer_list<std::pair<const char*, Json>> changes = {}) {
  ModelSpec spec{.model = "DIEN", .n_users = kUsers, .n_items = kItems, .hyper_parameters = Json::object()};
  spec.hyper_parameters["embedding_size"] = 4;
  spec.hyper_parameters["mlp_hidden_size"] = Json::Array{6, 5};
  for (const auto& [key, value] : changes) spec.hyper_parameters[key] = value;
  Feature age = identity_feature("age", kUsers);
  age.ids = Index({0, 1, 2, 1, 0});
  age.tokens = 3;
  spec.user_features = {age};
  spec.item_features = {{.name = "class",
                         .type = FieldType::TokenSeq,
                         .tokens = 4,
                         .rows = Windows::adjacent({0, 0, 1, 3, 3, 4, 6, 6, 7, 8}),
                         .ids = Index({1, 2, 3, 1, 1, 2, 3, 3}),
                         .numbers = {}}};
  return spec;
}

std::unique_ptr<SequentialRecommender> make(const ModelSpec& spec, DType dtype = DType::F64) {
  return make_model(spec, dtype, 7);
}

Batch train_batch() {
  Batch batch = shared_batch();
  std::vector<std::int32_t> negatives;
  for (const std::int32_t item : batch.items.host()) negatives.push_back(1 + (item + 3) % 8);
  batch.value_negatives = Index(std::move(negatives));
  return batch;
}

/// The negatives too.
Batch copied_with_negatives(const Batch& shared) {
  Batch out = copied(shared);
  std::vector<std::int32_t> negatives;
  for (std::int64_t e = 0; e < shared.windows.entries(); ++e)
    negatives.push_back(shared.value_negatives[shared.windows.entry_values()[e]]);
  out.value_negatives = Index(std::move(negatives));
  return out;
}

/// The loss and all gradients.
std::map<std::string, std::vector<double>> gradients(SequentialRecommender& model, const Batch& batch) {
  const Variable loss = model.calculate_loss(batch);
  autograd::backward(loss);
  std::map<std::string, std::vector<double>> out{{"loss", {loss.value().item()}}};
  for (auto& [name, parameter] : model.parameters()) {
    if (parameter.grad().defined()) out[name] = kernels::contiguous(parameter.grad().dense()).to_vector<double>();
    Variable(parameter).clear_grad();
  }
  return out;
}

std::vector<double> doubles(const Tensor& tensor) { return kernels::convert(tensor, DType::F64).to_vector<double>(); }

}  // namespace

TEST_CASE("DIEN: histories that share values give the loss and the gradients of histories that don't") {
  for (const char* type : {"GRU", "AIGRU", "AGRU", "AUGRU"})
    for (const char* aux : {"mlp", "linear", "dot"}) {
      CAPTURE(type);
      CAPTURE(aux);
      const auto model = make(dien_spec({{"gru_type", type}, {"dien_aux", aux}, {"MAX_ITEM_LIST_LENGTH", 3}}));
      const auto shared = gradients(*model, train_batch());
      const auto apart = gradients(*model, copied_with_negatives(train_batch()));
      REQUIRE(shared.size() == apart.size());
      for (const auto& [name, values] : shared) {
        CAPTURE(name);
        const auto& others = apart.at(name);
        REQUIRE(values.size() == others.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          CHECK(std::isfinite(values[i]));
          CHECK(values[i] == doctest::Approx(others[i]).epsilon(1e-9));
        }
      }
    }
}

TEST_CASE("DIEN: windows that begin at the same value share a run") {
  const Batch batch = train_batch();
  const DienHistory history = dien_history(batch, 50);
  CHECK(history.runs.size() == 3);  // begins 0, 1 and 5
  CHECK(history.runs.entries() == 3 + 4 + 3);
  CHECK(history.windows.values() == 10);
  CHECK(history.windows.begin()[1] == 0);
  CHECK(history.windows.end()[1] == 3);
  CHECK(history.windows.begin()[2] == 3);

  const DienAuxiliary pairs = dien_auxiliary(batch, history);
  // Rows of lengths 1, 3, 4, 2, 3 have 0, 2, 3, 1 and 2 pairs; the first of the last two is the same state.
  CHECK(std::vector<std::int32_t>(pairs.states.host().begin(), pairs.states.host().end()) ==
        std::vector<std::int32_t>{0, 1, 3, 4, 5, 7, 8});
  CHECK(pairs.weights[5] == doctest::Approx(2.0 / 8));
  CHECK(pairs.weights[6] == doctest::Approx(1.0 / 8));
  CHECK(history.items[pairs.clicked[0]] == 1);  // after item 3
  CHECK(pairs.unclicked[0] == batch.value_negatives[1]);
}

TEST_CASE("DIEN: a batch whose windows have one item or none trains, without the auxiliary loss") {
  const auto model = make(dien_spec());
  Batch batch = train_batch();
  batch.windows = Windows({0, 1, 2, 5, 7}, {1, 2, 2, 6, 7}, 8);
  const auto found = gradients(*model, batch);
  for (const auto& [name, values] : found)
    for (const double value : values) CHECK(std::isfinite(value));
  CHECK_FALSE(found.contains("interset_extractor.auxiliary_net.mlp_layers.1.weight"));
  const auto alone = make(dien_spec({{"alpha", 0.0}}));
  CHECK(gradients(*alone, batch).at("loss") == found.at("loss"));
}

TEST_CASE("DIEN: candidates, the catalogue and recommendations have one score, without negatives") {
  for (const char* type : {"GRU", "AUGRU"}) {
    const auto model = make(dien_spec({{"gru_type", type}}));
    model->eval();
    Batch batch = shared_batch();
    batch.windows = Windows({0, 0, 1, 5, 6}, {1, 3, 5, 7, 6}, 8);  // the last is empty
    const std::vector<double> all = doubles(model->full_sort_predict(batch)), some = doubles(model->predict(batch));
    for (const double score : all) CHECK((score > 0 && score < 1));
    for (std::int64_t row = 0; row < batch.rows(); ++row)
      CHECK(some[row] == doctest::Approx(all[row * kItems + batch.targets[row]]).epsilon(1e-12));

    // No row depends on another.
    Batch first = shared_batch();
    first.windows = Windows({0}, {1}, 8);
    first.users = Index({1});
    const std::vector<double> alone = doubles(model->full_sort_predict(first));
    for (std::size_t i = 0; i < alone.size(); ++i) CHECK(alone[i] == doctest::Approx(all[i]).epsilon(1e-12));

    const Recommendations best = model->recommend(batch, 10, {Windows::adjacent({0, 2, 2, 2, 2, 2}), Index({1, 8})});
    const auto items = best.items.to_vector<std::int32_t>();
    const std::vector<double> scores = doubles(best.scores);
    for (std::size_t row = 0; row < 5; ++row) {
      const std::size_t left = row == 0 ? 6 : 8;
      for (std::size_t i = 0; i < 10; ++i) {
        const std::int32_t item = items[row * 10 + i];
        if (i >= left) {
          CHECK(item == -1);
          continue;
        }
        CHECK(item > 0);
        if (row == 0) CHECK((item != 1 && item != 8));
        CHECK(scores[row * 10 + i] ==
              doctest::Approx(all[row * kItems + static_cast<std::size_t>(item)]).epsilon(1e-12));
        if (i > 0) CHECK(scores[row * 10 + i] <= scores[row * 10 + i - 1]);
      }
    }
    CHECK(model->predict_candidates(batch, {Windows::adjacent({0, 0, 0, 0, 0, 0}), Index()}).numel() == 0);
    CHECK_THROWS_WITH_AS(model->predict_candidates(batch, {Windows::adjacent({0, 1}), Index({1})}),
                         "[predict] needs candidates for 5 rows, got 1 lists over 1 ids, and 1 ids", ShapeError);
  }
}

TEST_CASE("DIEN: a catalogue of one item is scored") {
  ModelSpec spec = dien_spec();
  spec.n_items = 2;
  spec.item_features = {};
  const auto model = make(spec, DType::F32);
  model->eval();
  Batch batch;
  batch.items = Index({1, 1});
  batch.value_users = Index({1, 1});
  batch.windows = Windows({0, 2}, {2, 2}, 2);
  batch.users = Index({1, 2});
  const Recommendations best = model->recommend(batch, 3, {});
  CHECK(best.items.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, -1, -1, 1, -1, -1});
}

TEST_CASE("DIEN: an unknown user is the mean of all users' vectors") {
  const auto model = make(dien_spec());
  model->eval();
  Batch batch = shared_batch();
  batch.users = Index({0, 1, 0, 3, 4});
  const std::vector<double> before = doubles(model->predict(batch));
  model->set_mean_user();
  const std::vector<double> after = doubles(model->predict(batch));
  for (const std::size_t row : {1u, 3u, 4u}) CHECK(after[row] == before[row]);
  CHECK(after[0] != before[0]);
  // The same as a user of that vector: all other users made equal, so that each is the mean.
  for (auto& [name, tensor] : model->state())
    if (name == "embedding_layer.token_embedding_table.user.embedding.weight")
      for (std::int64_t row = 1; row < tensor.size(0); ++row)
        for (std::int64_t j = 0; j < tensor.size(1); ++j)
          tensor.at<double>({row, j}) = tensor.at<double>({row < kUsers ? 0 : kUsers, j});
  model->set_mean_user();
  batch.users = Index({0, 1, 2, 3, 4});
  const std::vector<double> unknown = doubles(model->predict(batch));
  batch.users = Index({3, 1, 2, 3, 4});
  CHECK(doubles(model->predict(batch))[0] == doctest::Approx(unknown[0]).epsilon(1e-12));
}

TEST_CASE("DIEN: labels of the data instead of negatives") {
  const auto model = make(dien_spec());
  Batch batch = train_batch();
  batch.negatives = Index();
  CHECK_THROWS_WITH_AS(model->calculate_loss(batch),
                       "[dien] needs negatives (train_neg_sample_args) or labels (LABEL_FIELD, threshold) to train on",
                       UsageError);
  batch.labels = {1, 0, 0, 1, 1};
  CHECK(std::isfinite(model->calculate_loss(batch).value().item()));
  batch.value_negatives = Index();
  CHECK_THROWS_WITH_AS(model->calculate_loss(batch), "[dien] expected a negative item for each of 8 values, got 0",
                       ShapeError);
}

TEST_CASE("DIEN: keys that don't fit are named") {
  const auto error_of = [](const char* key, const Json& value) -> std::string {
    return message_of([&] { make(dien_spec({{key, value}})); });
  };
  CHECK(error_of("gru_type", "LSTM") == "gru_type: got \"LSTM\", expected one of GRU, AIGRU, AGRU, AUGRU");
  CHECK(error_of("mlp_hidden_size", Json::Array{}) ==
        "mlp_hidden_size: got [], expected a list of at least one whole number from 1 to 1073741824");
  CHECK(error_of("pooling_mode", "min") == "pooling_mode: got \"min\", expected one of mean, max, sum");
  CHECK(error_of("dien_aux", "deep") == "dien_aux: got \"deep\", expected one of linear, mlp, dot");
  CHECK(error_of("dien_neg_align", "yes") == "dien_neg_align: got \"yes\", expected one of fixed, recbole");
  ModelSpec spec = dien_spec();
  spec.user_features[0] = identity_feature("age", 3);
  CHECK_THROWS_WITH_AS(make(spec), "feature 'age': expected 5 rows, got 3", ShapeError);
}

TEST_CASE("DIEN: compat recbole has RecBole's parameters, the default one more a Dice") {
  const auto count = [](const SequentialRecommender& model, const char* part) {
    const auto state = model.state();
    return std::count_if(state.begin(), state.end(), [&](const auto& entry) { return entry.first.ends_with(part); });
  };
  CHECK(count(*make(dien_spec({{"compat", "recbole"}})), "alpha") == 0);
  CHECK(count(*make(dien_spec()), "alpha") == 2);
  CHECK(count(*make(dien_spec({{"dien_dice_alpha", "const"}})), "alpha") == 0);
  CHECK(count(*make(dien_spec({{"dien_aux", "dot"}})), "auxiliary_net.mlp_layers.1.weight") == 0);
}

TEST_CASE("DIEN: compat recbole pools an empty sequence as RecBole does") {
  Batch batch;
  batch.items = Index({1, 2});
  batch.value_users = Index({1, 1});
  batch.windows = Windows({0, 0}, {2, 2}, 2);
  batch.users = Index({1, 1});
  batch.targets = Index({3, 4});  // 3 has no class
  const auto scores = [&](const char* mode, const char* compat) {
    const auto model = make(
        dien_spec({{"pooling_mode", mode}, {"compat", compat}, {"dien_aux", "linear"}, {"dien_dice_alpha", "const"}}));
    model->eval();
    return doubles(model->predict(batch));
  };
  CHECK(scores("mean", "fixed") == scores("mean", "recbole"));
  CHECK(scores("max", "fixed")[0] != scores("max", "recbole")[0]);
  CHECK(scores("max", "fixed")[1] == scores("max", "recbole")[1]);
}
