// Batches that are cut into shards: what comes out depends on their number, and on nothing else.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/parallel.h"
#include "kernels/copy.h"
#include "listener.h"
#include "models/list.h"
#include "optim/rules.h"
#include "run_content.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/build.h"
#include "train/run.h"
#include "train/shard_sum.h"
#include "train/team.h"
#include "train/trainer.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

struct Kind {
  std::string model;
  std::vector<std::string> settings;
};

/// Each model, and what of them belongs to a batch.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"SHAN", {"embedding_size=4"}},
      {"SHAN", {"embedding_size=4", "loss_type=BPR", "clip_grad_norm={max_norm: 0.1}"}},
      {"SHAN", {"embedding_size=4", "loss_type=sampled_softmax", "train_neg_sample_args={distribution: in_batch}"}},
      {"Caser", {"embedding_size=4", "nv=2", "nh=2", "dropout_prob=0.5"}},
      {"SRGNN", {"embedding_size=4"}},
      {"DIEN", {"embedding_size=4", "mlp_hidden_size=[4, 4]", "metrics=[AUC]", "valid_metric=AUC"}},
      {"S3Rec",
       {"stages=[pretrain, finetune]", "pretrain_epochs=1", "n_layers=1", "hidden_size=4", "inner_size=4",
        "n_heads=1"}}};
  return all;
}

std::vector<std::string> settings_of(const Kind& kind, std::vector<std::string> more) {
  std::vector<std::string> settings = {"train_batch_size=48", "epochs=2"};
  if (kind.model != "DIEN") settings.insert(settings.end(), {"metrics=[Hit]", "topk=5", "valid_metric=Hit@5"});
  settings.insert(settings.end(), kind.settings.begin(), kind.settings.end());
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

TrainRequest run_of(const Kind& kind, const fs::path& data, const fs::path& out, std::vector<std::string> more) {
  TrainRequest request;
  request.model = kind.model;
  request.config = toy_input(data, settings_of(kind, std::move(more)));
  request.out = out;
  return request;
}

ShardSum number(float value) {
  ShardSum sum;
  sum.parts.emplace_back().add(Tensor::from({value}, {1}));
  return sum;
}

ShardSum sum_of(std::int64_t shards, const std::function<ShardSum(std::int64_t)>& leaf) {
  bool stop = false;
  return Team(nullptr, shards).sum(leaf, kCpu, nullptr, stop);
}

TEST_CASE("shards are summed in a tree that depends on their number alone") {
  const float x[] = {1e8f, 3.0f, -1e8f, 7.0f, 1e-3f};
  std::vector<std::int64_t> asked;
  const auto sum = [&](std::int64_t n) {
    asked.clear();
    return sum_of(n,
                  [&](std::int64_t shard) {
                    asked.push_back(shard);
                    return number(x[shard]);
                  })
        .loss()
        .item();
  };
  CHECK(sum(1) == x[0]);
  CHECK(sum(3) == (x[0] + x[1]) + x[2]);
  CHECK(sum(4) == (x[0] + x[1]) + (x[2] + x[3]));
  CHECK(sum(5) == ((x[0] + x[1]) + x[2]) + (x[3] + x[4]));
  CHECK(asked == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  // Shards without rows add nothing.
  const ShardSum some = sum_of(4, [&](std::int64_t shard) { return shard == 2 ? number(5) : ShardSum{}; });
  CHECK(some.loss().item() == 5);
  CHECK(sum_of(4, [](std::int64_t) { return ShardSum{}; }).parts.empty());
}

TEST_CASE("rows of row-sparse gradients are summed, and stay rows") {
  const auto rows = [](std::vector<std::int32_t> ids, std::vector<float> values) {
    const auto n = std::ssize(ids);
    ShardSum sum;
    sum.parts.emplace_back().add(autograd::RowSparse{{9, 1}, Index(std::move(ids)), Tensor::from(values, {n, 1})});
    sum.parts.emplace_back();  // a parameter without a gradient
    return sum;
  };
  ShardSum sum = rows({1, 4}, {1, 2});
  sum.add(rows({4, 8}, {10, 20}));
  REQUIRE(sum.parts[0].is_sparse());
  CHECK(std::ranges::equal(sum.parts[0].sparse().ids.host(), std::vector{1, 4, 8}));
  CHECK(sum.parts[0].sparse().values.to_vector<float>() == std::vector{1.0f, 12.0f, 20.0f});
  CHECK_FALSE(sum.parts[1].defined());
}

TEST_CASE("buffers become the mean of what shards make of them, and count in all") {
  Tensor mean = Tensor::from({1.0f, 2.0f}, {2}), count = Tensor::zeros({}, DType::I64);
  ShardBuffers buffers({{"mean", mean}, {"count", count}});
  ShardSum sum;
  for (const float value : {3.0f, 7.0f}) {
    kernels::copy(Tensor::from({value, 2.0f}, {2}), mean);
    ++count.at<std::int64_t>({});
    ShardSum shard;
    buffers.take(value == 3 ? 0.25 : 0.75, shard);
    CHECK(mean.to_vector<float>() == std::vector{1.0f, 2.0f});
    CHECK(count.at<std::int64_t>({}) == 0);
    sum.add(std::move(shard));
  }
  buffers.write(sum, 0);
  CHECK(mean.to_vector<float>() == std::vector{6.0f, 2.0f});
  CHECK(count.at<std::int64_t>({}) == 2);
}

TEST_CASE("a run with shards has the same bits on any number of threads, of every model, and with 1 it has no shards") {
  const TempFolder temp;
  write_toy(temp.path());
  const int threads = num_threads();
  for (std::size_t i = 0; i < kinds().size(); ++i)
    for (const char* batching : {"rows", "histories"}) {
      CAPTURE(kinds()[i].model);
      CAPTURE(i);
      CAPTURE(batching);
      const auto run = [&](const char* name, int on, std::vector<std::string> more) {
        set_num_threads(on);
        more.push_back(concat("batching=", batching));
        Listener listener;
        const fs::path out = temp / concat(name, i, batching);
        CHECK(train(run_of(kinds()[i], temp.path(), out, std::move(more)), listener).finished);
        return content_of(out);
      };
      const auto four = run("four", 1, {"shards=4"});
      check_same(run("threads", 3, {"shards=4"}), four);
      const auto one = run("one", 1, {"shards=1"});
      check_same(run("default", 2, {}), one);
      CHECK(one.at("model.safetensors") != four.at("model.safetensors"));
    }
  set_num_threads(threads);
}

TEST_CASE("a run with shards that was stopped between two steps goes on to the same files") {
  const TempFolder temp;
  write_toy(temp.path());
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    CAPTURE(kinds()[i].model);
    CAPTURE(i);
    Listener listener, stopped, rest;
    train(run_of(kinds()[i], temp.path(), temp / concat("whole", i), {"shards=3"}), listener);
    TrainRequest request = run_of(kinds()[i], temp.path(), temp / concat("parts", i), {"shards=3"});
    stopped.stop_after = 4;
    request.stop = &stopped.stop;
    CHECK_FALSE(train(request, stopped).finished);
    TrainRequest other;
    other.resume = request.out;
    other.config.settings = {"shards=4"};
    CHECK(message_of<ConfigError>([&] { train(other, rest); }) ==
          concat("shards (--set): got 4, but the run in ", request.out.string(), " has 3"));
    other.config.settings = {};
    CHECK(train(other, rest).finished);
    check_same(content_of(request.out), content_of(temp / concat("whole", i)));
  }
}

struct Training {
  Training(const Kind& kind, const fs::path& folder, std::vector<std::string> more)
      : config(for_model(toy_input(folder, settings_of(kind, std::move(more))), kind.model)),
        needs(batch_needs(kind.model, config)),
        dataset(data::prepare(config, needs)),
        model(models::make_model(model_spec(kind.model, dataset, config), DType::F64, 7)) {}

  /// The parameters after a fit, which is one step.
  std::vector<Tensor> fit() {
    Trainer trainer(*model, dataset, config, needs);
    Listener listener;
    trainer.fit(listener, nullptr, [] {});
    CHECK(listener.steps == 1);
    loss = listener.reports.at(0).loss;
    return parameters();
  }
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> all;
    for (const auto& [name, parameter] : model->parameters()) all.push_back(kernels::clone(parameter.value()));
    return all;
  }

  data::Config config;
  BatchNeeds needs;
  data::Dataset dataset;
  std::unique_ptr<models::SequentialRecommender> model;
  double loss = 0;
};

TEST_CASE("the gradient of a batch's shards is the batch's, in a model without batch-wide parts") {
  const std::vector<Kind> separable = {
      {"SHAN", {"embedding_size=4", "reg_norm=squared"}},
      {"Caser", {"embedding_size=4", "nv=2", "nh=2", "dropout_prob=0", "reg_weight=0.01"}},
      {"SRGNN", {"embedding_size=4", "loss_type=BPR"}},
      {"S3Rec",
       {"train_stage=finetune", "n_layers=1", "hidden_size=4", "inner_size=4", "n_heads=1", "hidden_dropout_prob=0",
        "attn_dropout_prob=0"}}};
  const TempFolder temp;
  write_toy(temp.path());
  for (const Kind& kind : separable)
    for (const char* batching : {"batching=rows", "batching=histories"}) {
      CAPTURE(kind.model);
      CAPTURE(batching);
      // sgd at a rate of 1 moves by the gradient.
      const std::vector<std::string> one_step = {"train_batch_size=4096", "epochs=1",        "eval_step=0",
                                                 "learner=sgd",           "learning_rate=1", batching};
      const auto with = [&](const char* shards) {
        std::vector<std::string> settings = one_step;
        settings.emplace_back(shards);
        return Training(kind, temp.path(), settings);
      };
      Training whole = with("shards=1"), cut = with("shards=4");
      const std::vector<Tensor> before = whole.parameters(), a = whole.fit(), b = cut.fit();
      CHECK(cut.loss == doctest::Approx(whole.loss).epsilon(1e-12));
      double moved = 0;
      for (std::size_t i = 0; i < a.size(); ++i)
        for (std::int64_t k = 0; k < a[i].numel(); ++k) {
          const double was = before[i].span<double>()[k], gradient = was - a[i].span<double>()[k];
          moved = std::max(moved, std::abs(gradient));
          CHECK(std::abs(was - b[i].span<double>()[k] - gradient) <= 1e-12 * std::max(1.0, std::abs(gradient)));
        }
      CHECK(moved > 1e-3);
    }
}

TEST_CASE("one shard is plain training: the loss of the batch, backward, a step") {
  const TempFolder temp;
  write_toy(temp.path());
  for (const Kind& kind : kinds()) {
    if (kind.model == "S3Rec") continue;  // of several stages
    CAPTURE(kind.model);
    const auto make = [&] {
      return Training(kind, temp.path(), {"train_batch_size=4096", "epochs=1", "eval_step=0", "clip_grad_norm=~"});
    };
    Training trained = make(), plain = make();
    const std::vector<Tensor> expected = trained.fit();
    const data::TrainBatches batches(plain.dataset, plain.config, plain.needs);
    plain.model->train();
    plain.model->begin_step(static_cast<std::uint64_t>(plain.config.get_int("seed")), 0);
    optim::Adam adam(plain.model->parameters(), {.learning_rate = plain.config.get_double("learning_rate")});
    adam.minimise(plain.model->calculate_loss(batches.epoch(0).batch(0)));
    const std::vector<Tensor> got = plain.parameters();
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(std::ranges::equal(got[i].span<double>(), expected[i].span<double>()));
  }
}

TEST_CASE("a loss that is not finite is traced to its operation in the shard that made it") {
  const TempFolder temp;
  write_toy(temp.path());
  Training training(kinds()[0], temp.path(), {"shards=4"});
  for (const auto& [name, parameter] : training.model->parameters())
    if (name == "item_embedding.weight") {
      Tensor table = parameter.value();
      kernels::fill(1e200, table);
    }
  Trainer trainer(*training.model, training.dataset, training.config, training.needs);
  Listener listener;
  const std::string error = message_of<NumericError>([&] { trainer.fit(listener, nullptr, [] {}); });
  CHECK(error.find(" at epoch 1, step 1 (48 rows, the first of user '") != std::string::npos);
  CHECK(error.find("made a NaN or an infinity") != std::string::npos);
}

}  // namespace
}  // namespace seqrec::train
