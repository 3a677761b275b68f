// What holds of every model: odd batches train to finite numbers, odd hyper-parameters are named.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "kernels/copy.h"
#include "tests/message_of.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

using Settings = std::vector<std::pair<std::string, Json>>;

/// The settings under which a model is trained otherwise.
std::vector<Settings> ways(const std::string& model) {
  if (model_info(model).fit) return {};  // there is nothing to train
  std::vector<Settings> all{
      {{"loss_type", "CE"}}, {{"loss_type", "BPR"}}, {{"loss_type", "sampled_softmax"}}, {{"loss_type", "gbce"}}};
  if (model == "SHAN" || model == "SRGNN") return all;
  all.push_back({{"loss_type", "BCE"}});
  if (model == "Caser") return all;
  all.push_back({{"train_stage", "pretrain"}});
  if (model == "S3Rec") return all;
  return {{{"gru_type", "GRU"}}, {{"gru_type", "AIGRU"}}, {{"gru_type", "AGRU"}}, {{"gru_type", "AUGRU"}}};
}

/// A model that is about to learn, of users 1 to 5 and items 1 to `items`.
std::unique_ptr<SequentialRecommender> training_model(const std::string& model, std::int32_t items,
                                                      const Settings& settings) {
  ModelSpec spec = tiny_file(5, items, model).spec;
  for (const auto& [key, value] : settings) spec.hyper_parameters[key] = value;
  if (spec.n_attributes() > 0) {
    ItemAttributes attributes{{0}, Index(std::vector<std::int32_t>(items, 1)), {{3, true}}};
    for (std::int32_t item = 0; item <= items; ++item) attributes.offsets.push_back(item);
    spec.attributes = std::make_shared<const ItemAttributes>(std::move(attributes));
  }
  return make_model(spec, DType::F32, 3);
}

/// Rows of the given histories, of users 1, 2, ..; item 1 is each row's target, `negative` (0: none) what it is not;
/// the rows share two more.
Batch batch_of(const std::vector<std::vector<std::int32_t>>& histories, std::int32_t negative) {
  std::vector<std::int32_t> items, value_users, offsets{0}, users;
  for (const auto& history : histories) {
    users.push_back(static_cast<std::int32_t>(users.size()) + 1);
    items.insert(items.end(), history.begin(), history.end());
    value_users.resize(items.size(), users.back());
    offsets.push_back(static_cast<std::int32_t>(items.size()));
  }
  Batch batch;
  batch.value_negatives = Index(std::vector<std::int32_t>(items.size(), std::max(negative, 1)));
  batch.items = Index(std::move(items));
  batch.value_users = Index(std::move(value_users));
  batch.windows = Windows::adjacent(std::move(offsets));
  batch.targets = Index(std::vector<std::int32_t>(users.size(), 1));
  if (negative > 0)
    batch.negatives = Index(std::vector<std::int32_t>(users.size(), negative));
  else
    batch.labels.assign(users.size(), 1);
  batch.users = Index(std::move(users));
  batch.shared_negatives = {{1, std::max(negative, 2)}, {1, 1}, [](std::int32_t) { return 0.5; }};
  return batch;
}

/// The loss, all its gradients and what is scored are finite.
void check_trains(SequentialRecommender& model, const Batch& batch) {
  model.train();
  model.begin_step(1, 1);
  const Variable loss = model.calculate_loss(batch);
  CHECK(std::isfinite(loss.value().item()));
  autograd::backward(loss);
  for (const auto& [name, parameter] : model.parameters()) {
    CAPTURE(name);
    if (!parameter.grad().defined()) continue;
    const std::vector<float> slopes = kernels::contiguous(parameter.grad().dense()).to_vector<float>();
    CHECK(std::all_of(slopes.begin(), slopes.end(), [](float slope) { return std::isfinite(slope); }));
  }
  model.eval();
  const std::vector<float> scores = model.full_sort_predict(batch).to_vector<float>();
  CHECK(std::all_of(scores.begin(), scores.end(), [](float score) { return std::isfinite(score); }));
}

std::string error_of(const std::string& model, const std::string& key, const Json& value) {
  return message_of<ConfigError>([&] { training_model(model, 4, {{key, value}}); });
}

}  // namespace

TEST_CASE("every model trains on histories of one item, on empty ones and on a single row") {
  const std::vector<std::vector<std::vector<std::int32_t>>> batches = {
      {{2}, {3}, {2}}, {{}, {}}, {{}, {2}, {2, 3, 1, 2, 3, 1}}, {{3}}, {{}}, {{2, 2, 2, 2, 2}}};
  for (const ModelInfo& info : model_infos())
    for (const Settings& settings : ways(info.name))
      for (const auto& histories : batches) {
        const auto model = training_model(info.name, 4, settings);
        CAPTURE(info.name);
        CAPTURE(settings[0].second.dump());
        CAPTURE(histories.size());
        // Pre-training has nothing to learn from where there is no item.
        const bool any = std::any_of(histories.begin(), histories.end(), [](const auto& h) { return !h.empty(); });
        if (any || settings[0].first != "train_stage") check_trains(*model, batch_of(histories, 4));
      }
}

TEST_CASE("a prepared batch has the loss and the gradients of one that is not") {
  for (const ModelInfo& info : model_infos())
    for (const Settings& settings : ways(info.name)) {
      CAPTURE(info.name);
      CAPTURE(settings[0].second.dump());
      const Batch plain = batch_of({{}, {2}, {2, 3, 1, 2, 3, 1}}, 4);
      Batch prepared = plain;
      const auto model = training_model(info.name, 4, settings);
      model->prepare(prepared, {1, 7});
      CHECK(prepared.input.has_value());
      CHECK_FALSE(prepared.metadata.empty());
      std::vector<std::vector<float>> numbers;
      for (const Batch& batch : {plain, prepared}) {
        model->begin_step(1, 7);
        const Variable loss = model->calculate_loss(batch);
        autograd::backward(loss);
        std::vector<float>& all = numbers.emplace_back(loss.value().reshape({1}).to_vector<float>());
        for (auto& [name, parameter] : model->parameters()) {
          if (!parameter.grad().defined()) continue;
          const std::vector<float> slopes = kernels::contiguous(parameter.grad().dense()).to_vector<float>();
          all.insert(all.end(), slopes.begin(), slopes.end());
          Variable(parameter).clear_grad();
        }
      }
      CHECK(numbers[0] == numbers[1]);
    }
}

TEST_CASE("where all items are drawn once, the corrected sampled softmax is the cross-entropy") {
  for (const std::string model : {"SHAN", "Caser", "SRGNN", "S3Rec"}) {
    CAPTURE(model);
    Batch batch = batch_of({{2}, {2, 3, 1}, {4, 4}}, 4);
    batch.shared_negatives = {{0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}, [](std::int32_t) { return 1.0; }};
    if (model == "S3Rec") {  // the mask is a class of its cross-entropy
      batch.shared_negatives.items.push_back(5);
      batch.shared_negatives.counts.push_back(1);
    }
    std::vector<double> losses;
    for (const char* loss_type : {"CE", "sampled_softmax"}) {
      const auto of = training_model(model, 4, {{"loss_type", loss_type}, {"train_stage", "finetune"}});
      of->eval();
      losses.push_back(of->calculate_loss(batch).value().item());
    }
    CHECK(losses[0] == doctest::Approx(losses[1]).epsilon(1e-5));
  }
}

TEST_CASE("the sampled losses need negatives that the rows share, and gbce fewer than there are items") {
  Batch batch = batch_of({{2}}, 4);
  const auto error = [&](const char* loss_type) {
    return message_of<ShapeError>([&] {
      training_model("SHAN", 4, {{"loss_type", loss_type}})->calculate_loss(batch);
    });
  };
  batch.shared_negatives.counts = {1, 3};
  CHECK(error("gbce") == "[gbce] expected at most 3 negatives, the items beside a target, got 4");
  batch.shared_negatives = {};
  for (const char* loss_type : {"sampled_softmax", "gbce"})
    CHECK(error(loss_type) == "[sampled loss] expected negatives that the batch's rows share, got none");
}

TEST_CASE("every model trains on a catalogue of one item, against which there are no negatives") {
  for (const ModelInfo& info : model_infos())
    for (const Settings& settings : ways(info.name)) {
      if (settings[0].first == "loss_type" && settings[0].second != Json("CE")) continue;
      CAPTURE(info.name);
      CAPTURE(settings[0].second.dump());
      const auto model = training_model(info.name, 1, settings);
      check_trains(*model, batch_of({{1}, {1, 1, 1}, {1, 1}}, 0));
    }
}

TEST_CASE("hyper-parameters out of their range are named, with what was expected") {
  const std::string whole = "expected a whole number from 1 to 1073741824";
  const std::string share = "expected a number from 0 to below 1", weight = "expected a number from 0 to 1e+30";
  const std::vector<std::tuple<const char*, const char*, Json, std::string>> bad = {
      {"SHAN", "short_item_length", 0, whole},
      {"SHAN", "reg_weight", Json::Array{-1, 0}, "expected a list of 2 numbers from 0 on"},
      {"SHAN", "shan_long_set", "x", "expected one of all, before_short"},
      {"SHAN", "shan_bias", "x", "expected one of double, single"},
      {"SHAN", "reg_norm", "x", "expected one of unsquared, squared"},
      {"Caser", "dropout_prob", -0.1, share},
      {"Caser", "reg_weight", -1, weight},
      {"SRGNN", "step", -1, "expected a whole number from 1 to 100"},
      {"S3Rec", "n_heads", 0, whole},
      {"S3Rec", "n_layers", 0, whole},
      {"S3Rec", "inner_size", 0, whole},
      {"S3Rec", "hidden_size", -8, whole},
      {"S3Rec", "hidden_dropout_prob", 1, share},
      {"S3Rec", "attn_dropout_prob", -0.5, share},
      {"S3Rec", "layer_norm_eps", 0, "expected a number from 1e-30 to 1"},
      {"S3Rec", "initializer_range", -1, "expected a number from 0 to 1000"},
      {"S3Rec", "mask_ratio", -0.2, "expected a number from 0 to 1"},
      {"S3Rec", "aap_weight", -1, weight},
      {"S3Rec", "mip_weight", -1, weight},
      {"S3Rec", "map_weight", -1, weight},
      {"S3Rec", "sp_weight", -1, weight},
      {"S3Rec", "loss_type", "TOP1", "expected one of CE, BPR, BCE, sampled_softmax, gbce"},
      {"S3Rec", "s3rec_negatives", "x", "expected one of fixed, recbole"},
      {"S3Rec", "s3rec_positions", "x", "expected one of begin, end, recbole"},
      {"S3Rec", "s3rec_finetune_windows", "x", "expected one of sliding, last"},
      {"S3Rec", "s3rec_missing_attribute", "x", "expected one of fixed, recbole"},
      {"S3Rec", "s3rec_mask_last", "x", "expected one of drawn, always"},
      {"S3Rec", "s3rec_instances", "x", "expected one of window, with_target"},
      {"DIEN", "dropout_prob", 1, share},
      {"DIEN", "dropout_prob", -1, share},
      {"DIEN", "alpha", -1, "expected a number from 0 to 1e+09"},
      {"DIEN", "embedding_size", 0, whole},
      {"DIEN", "mlp_hidden_size", Json::Array{8, 0},
       "expected a list of at least one whole number from 1 to 1073741824"},
      {"DIEN", "mlp_hidden_size", Json::array(), "expected a list of at least one whole number from 1 to 1073741824"},
      {"DIEN", "mlp_hidden_size", 0.5, "expected a list of at least one whole number from 1 to 1073741824"},
      {"DIEN", "pooling_mode", "x", "expected one of mean, max, sum"},
      {"DIEN", "dien_augru", "x", "expected one of paper, author"},
      {"DIEN", "dien_dice_alpha", "x", "expected one of learn, const"}};
  for (const auto& [model, key, value, expected] : bad)
    CHECK(error_of(model, key, value) == concat(key, ": got ", value.dump(), ", ", expected));
}

TEST_CASE("a model that is frozen recommends the same, bit by bit") {
  for (const ModelInfo& info : model_infos()) {
    if (info.fit) continue;
    for (const std::string head : {"recbole", "paper"}) {
      if (head == "paper" && info.name != "Caser") continue;
      CAPTURE(info.name);
      CAPTURE(head);
      const auto model = training_model(info.name, 700, head == "paper" ? Settings{{"caser_head", head}} : Settings{});
      model->eval();
      const Batch batch = batch_of({{3, 1, 4}, {699, 2}, {5}}, 0);
      const Ragged excluded{Windows::adjacent({0, 3, 3, 5}), Index({3, 1, 4, 699, 5})};
      const Recommendations before = model->recommend(batch, 20, excluded);
      model->freeze();
      const Recommendations after = model->recommend(batch, 20, excluded);
      CHECK(after.items.to_vector<std::int32_t>() == before.items.to_vector<std::int32_t>());
      CHECK(after.scores.to_vector<float>() == before.scores.to_vector<float>());
    }
  }
}
