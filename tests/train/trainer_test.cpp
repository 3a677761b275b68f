#include "train/trainer.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "core/file.h"
#include "core/safetensors.h"
#include "listener.h"
#include "models/list.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/build.h"

namespace seqrec::train {
namespace {

/// One parameter w; loss = mean of (w - 3)^2, until the step (from 0) at which it becomes what `at_step` makes of it.
class ScriptedModel : public models::SequentialRecommender {
 public:
  ScriptedModel() : ScriptedModel(nn::Root(0)) {}
  explicit ScriptedModel(nn::Scope at)
      : SequentialRecommender(at), w(at.parameter("w", {2}, nn::values(Tensor::from({1.0f, -1.0f}, {2})))) {}

  models::Variable calculate_loss(const Batch& batch) override {
    rows += batch.rows();
    const std::uint64_t step = next_stream(Purpose::Test).stream << 8 >> 8;
    if (at_step && step == bad_step) return at_step(w);
    return autograd::mean(autograd::square(autograd::affine(w, 1, -3)));
  }
  Tensor predict_candidates(const Batch&, const Ragged& candidates) override {
    return Tensor::zeros({candidates.ids.size()});
  }
  Tensor full_sort_predict(const Batch&) override { throw UsageError("not asked for"); }
  /// The targets of the first `good[evaluation]` rows are found.
  models::Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged&) override {
    const int found = good.empty() ? 0 : good[std::min(good.size() - 1, evaluations++)];
    std::vector<std::int32_t> items(batch.rows() * k, -1);
    for (std::int64_t row = 0; row < found; ++row) items[row * k] = batch.targets[row];
    return {Tensor::from(items, {batch.rows(), k}), Tensor::zeros({batch.rows(), k})};
  }

  models::Variable w;
  std::vector<int> good;
  std::size_t evaluations = 0;
  std::int64_t rows = 0;
  std::uint64_t bad_step = 0;
  std::function<models::Variable(const models::Variable&)> at_step;
};

struct Toy {
  explicit Toy(std::vector<std::string> settings) {
    write_toy(folder.path());
    config.emplace(toy_config(folder.path(), std::move(settings)));
    dataset = data::prepare(*config);
  }
  RunBinding binding() const { return RunBinding(dataset, *config); }
  TempFolder folder;
  std::optional<data::Config> config;
  data::Dataset dataset;
};

struct Outcome {
  std::int64_t epochs, best_epoch;
};
Outcome fit_with(std::vector<int> good, std::vector<std::string> settings) {
  settings.insert(settings.end(), {"metrics=[Hit]", "topk=1", "metric_decimal_place=4"});
  settings.insert(settings.begin(), "valid_metric=Hit@1");
  const Toy toy(settings);
  ScriptedModel model;
  model.good = std::move(good);
  Trainer trainer(model, toy.dataset, *toy.config);
  Listener listener;
  CHECK(trainer.fit(listener, nullptr, [] {}));
  return {trainer.state().epoch, trainer.state().best_epoch};
}

TEST_CASE("early stopping is RecBole's: more than stopping_step validations without improvement, ties improve") {
  EarlyStopping early;
  CHECK(early.update(0.5, true, 1));
  CHECK(early.update(0.5, true, 1));  // a tie
  CHECK_FALSE(early.update(0.4, true, 1));
  CHECK_FALSE(early.stopped);
  CHECK_FALSE(early.update(0.4, true, 1));
  CHECK(early.stopped);
  EarlyStopping smaller;
  CHECK(smaller.update(0.5, false, 0));
  CHECK(smaller.update(0.4, false, 0));
  CHECK_FALSE(smaller.update(0.6, false, 0));
  CHECK(smaller.stopped);
  CHECK(*smaller.best_score == 0.4);
}

TEST_CASE("the loop validates, keeps the best epoch and stops") {
  const Outcome stopped = fit_with({1, 3, 2, 3, 2, 2, 2, 9}, {"epochs=20", "stopping_step=2"});
  CHECK(stopped.best_epoch == 4);
  CHECK(stopped.epochs == 7);
  const Outcome all = fit_with({1, 2, 3}, {"epochs=5"});
  CHECK(all.epochs == 5);
  CHECK(all.best_epoch == 5);
  const Outcome every_third = fit_with({5, 1}, {"epochs=8", "eval_step=3"});
  CHECK(every_third.best_epoch == 3);
  CHECK(every_third.epochs == 8);
  CHECK(fit_with({5, 1}, {"epochs=2", "eval_step=3"}).best_epoch == 2);  // eval_step is min(eval_step, epochs)
  const Outcome none = fit_with({5, 1, 1}, {"epochs=3", "eval_step=0"});
  CHECK(none.best_epoch == 3);
  CHECK(fit_with({}, {"epochs=0"}).best_epoch == 0);
}

TEST_CASE("metrics are compared as they are, or rounded as RecBole does") {
  // 5 / 14 and 6 / 14 are both 0.4 with one decimal place: rounded, the last of them is a tie and becomes the best.
  const std::vector<int> good = {6, 5};
  const auto best = [&](const char* round) {
    const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=2", "metric_decimal_place=1", round});
    ScriptedModel model;
    model.good = good;
    Trainer trainer(model, toy.dataset, *toy.config);
    Listener listener;
    trainer.fit(listener, nullptr, [] {});
    return trainer.state().best_epoch;
  };
  CHECK(best("round_before_compare=false") == 1);
  CHECK(best("round_before_compare=true") == 2);
}

TEST_CASE("an epoch sees every row once, and reports the mean loss of its batches") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=1", "train_batch_size=16", "learner=sgd",
                 "learning_rate=0"});
  ScriptedModel model;
  Trainer trainer(model, toy.dataset, *toy.config);
  Listener listener;
  trainer.fit(listener, nullptr, [] {});
  const auto rows = static_cast<std::int64_t>(toy.dataset.train.size());
  CHECK(model.rows == rows);
  CHECK(listener.steps == (rows + 15) / 16);
  CHECK(listener.last.steps == listener.steps);
  CHECK(listener.last.rows == rows);
  REQUIRE(listener.reports.size() == 1);
  CHECK(listener.reports[0].loss == doctest::Approx((4.0 + 16.0) / 2));
  CHECK(listener.reports[0].epoch == 1);
  CHECK(listener.reports[0].valid.size() == 1);
}

TEST_CASE("the learning rate follows the schedule, gradients are clipped") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=2", "train_batch_size=4096", "learner=sgd",
                 "learning_rate=1", "lr_scheduler=exponential", "lr_gamma=0.5",
                 "clip_grad_norm={max_norm: 1, norm_type: inf}"});
  ScriptedModel model;  // gradients: w - 3 = (-2, -4): clipped to (-0.5, -1), one step per epoch
  Trainer trainer(model, toy.dataset, *toy.config);
  Listener listener;
  trainer.fit(listener, nullptr, [] {});
  // After epoch 1: (1.5, 0); gradients (-1.5, -3), clipped to (-0.5, -1), at the rate 0.5.
  CHECK(model.w.value().at<float>({0}) == doctest::Approx(1.75).epsilon(1e-5));
  CHECK(model.w.value().at<float>({1}) == doctest::Approx(0.5).epsilon(1e-5));
}

TEST_CASE("the best epoch's parameters come back") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=3", "train_batch_size=4096", "learner=sgd",
                 "learning_rate=0.5"});
  ScriptedModel model;
  model.good = {4, 3, 2};
  Trainer trainer(model, toy.dataset, *toy.config);
  Listener listener;
  trainer.fit(listener, nullptr, [] {});
  CHECK(model.w.value().at<float>({0}) == doctest::Approx(3 - 2 * 0.125));
  trainer.use_best();
  CHECK(model.w.value().at<float>({0}) == doctest::Approx(2));
  CHECK(trainer.best_valid() == MetricValues{{"hit@1", 4.0 / 14}});
}

TEST_CASE("a loss that is not finite names operation, epoch, step and batch") {
  const auto failure = [](std::function<models::Variable(const models::Variable&)> at_step) {
    const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=9", "train_batch_size=16", "shuffle=false"});
    ScriptedModel model;
    model.bad_step = 8;  // of 6 steps an epoch: epoch 2, step 3
    model.at_step = std::move(at_step);
    Trainer trainer(model, toy.dataset, *toy.config);
    Listener listener;
    return message_of<NumericError>([&] { trainer.fit(listener, nullptr, [] {}); });
  };
  const std::string nan = failure(
      [](const models::Variable& w) { return autograd::sum(autograd::log(autograd::neg(autograd::square(w)))); });
  CHECK_MESSAGE(nan.starts_with("loss is NaN at epoch 2, step 3 (16 rows, the first of user 'u"), nan);
  CHECK_MESSAGE(nan.find("): [log] made a NaN or an infinity, shape (2)") != std::string::npos, nan);
  const std::string infinite =
      failure([](const models::Variable& w) { return autograd::sum(autograd::exp(autograd::affine(w, 0, 1000))); });
  CHECK_MESSAGE(infinite.find("loss is infinite at epoch 2, step 3 (") == 0, infinite);
  CHECK_MESSAGE(infinite.find("[exp] made a NaN or an infinity") != std::string::npos, infinite);
  const std::string parameter = failure([](const models::Variable& w) {
    w.value().at<float>({1}) = NAN;
    return autograd::sum(w);
  });
  CHECK_MESSAGE(parameter.find("): w is not finite since the step before; a smaller learning_rate or clip_grad_norm "
                               "may help") != std::string::npos,
                parameter);
}

TEST_CASE("a loss that depends on no parameter is an error") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1"});
  ScriptedModel model;
  model.bad_step = 0;
  model.at_step = [](const models::Variable& w) { return autograd::sum(w.detach()); };
  Trainer trainer(model, toy.dataset, *toy.config);
  Listener listener;
  CHECK_THROWS_WITH_AS(trainer.fit(listener, nullptr, [] {}),
                       "the loss depends on no parameter of the model: there is nothing to train", UsageError);
}

TEST_CASE("bad options are refused before training") {
  const auto error = [](const char* setting) {
    return message_of<ConfigError>([&] {
      const Toy toy({setting});
      ScriptedModel model;
      Trainer(model, toy.dataset, *toy.config);
    });
  };
  CHECK(error("train_batch_size=0") == "train_batch_size (--set): got 0, expected a whole number from 1 on");
  CHECK(error("epochs=-1") == "epochs (--set): got -1, expected a whole number from 0 on");
  CHECK(error("learner=adm").starts_with("learner (--set): got \"adm\", expected one of adam, adamw, "));
  CHECK(error("valid_metric=Hit@3").starts_with("valid_metric (--set): got \"Hit@3\", expected one of those"));
  CHECK(error("lr_scheduler=cosine").starts_with("lr_scheduler (--set): got \"cosine\", expected one of"));
}

// Interrupted after any step, saved, loaded into a new trainer: the same state as without.
TEST_CASE("a loaded checkpoint goes on with the same bits") {
  const Toy toy(
      {"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=2", "train_batch_size=32", "weight_decay=0.01"});
  const auto final_state = [&](int stop_after) {
    const auto path = toy.folder / "checkpoint.safetensors";
    ScriptedModel model, again;
    model.good = again.good = {1};
    Listener listener, second;
    listener.stop_after = stop_after;
    Trainer trainer(model, toy.dataset, *toy.config);
    const bool completed = trainer.fit(listener, &listener.stop, [&] { trainer.save(path, toy.binding()); });
    CHECK(completed == (stop_after == 0));
    Trainer resumed(again, toy.dataset, *toy.config);
    resumed.load(path, toy.binding());
    CHECK(resumed.fit(second, nullptr, [] {}));
    CHECK(listener.reports.size() + second.reports.size() == 2);
    CHECK(resumed.state().epochs.size() == 2);
    std::vector<float> values = again.w.value().to_vector<float>();
    for (const EpochReport& report : resumed.state().epochs) values.push_back(static_cast<float>(report.loss));
    return values;
  };
  const std::vector<float> expected = final_state(0);
  for (int stop_after = 1; stop_after <= 6; ++stop_after) CHECK(final_state(stop_after) == expected);
}

TEST_CASE("when checkpoints are due, and the best parameters between two epochs") {
  const auto checkpoints = [](const char* interval, std::vector<int> good) {
    const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=7", "train_batch_size=4096",
                   "stopping_step=2", "learner=sgd", "learning_rate=0.5", concat("checkpoint_interval=", interval)});
    ScriptedModel model;
    model.good = std::move(good);
    Trainer trainer(model, toy.dataset, *toy.config);
    Listener listener;
    std::vector<std::int64_t> at;
    std::int64_t epochs = 0;
    trainer.fit(
        listener, nullptr,
        [&] {
          at.push_back(trainer.state().epoch);
          const float best = trainer.best()[0].second.at<float>({0});
          CHECK(best == 3 - std::pow(0.5f, static_cast<float>(trainer.state().best_epoch)) * 2);
        },
        [&] { CHECK(trainer.state().epoch == ++epochs); });
    CHECK(epochs == trainer.state().epoch);
    return at;
  };
  using Epochs = std::vector<std::int64_t>;
  CHECK(checkpoints("1", {1, 2, 3}) == Epochs{1, 2, 3, 4, 5, 6, 7});
  CHECK(checkpoints("3", {1, 2, 3}) == Epochs{3, 6, 7});
  CHECK(checkpoints("100", {1, 2, 3}) == Epochs{7});
  CHECK(checkpoints("1000m", {1, 2, 3}) == Epochs{7});
  CHECK(checkpoints("1e-9m", {1, 2, 3}) == Epochs{1, 2, 3, 4, 5, 6, 7});
  CHECK(checkpoints("3", {5, 3, 3, 3, 3}) == Epochs{3, 4});  // which early stopping ends
}

/// Tells of the first step that it hears of.
struct StepTold : Listener {
  void on_step(const Progress& progress) override {
    Listener::on_step(progress);
    if (waited && !std::exchange(told, true)) step.set_value();
  }
  std::promise<void> step;
  bool waited = false, told = false;
};

TEST_CASE("a checkpoint that is written while training goes on holds what was there when it was asked for") {
  // The second epoch is worse than the first: the third one's checkpoint has other best parameters than its own.
  for (const std::int64_t at : {1, 2}) {
    const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=4", "train_batch_size=32"});
    ScriptedModel model;
    model.good = {2, 1, 3, 3};
    StepTold listener;
    Trainer trainer(model, toy.dataset, *toy.config);
    const auto aside = toy.folder / "aside", at_once = toy.folder / "at_once";
    std::vector<float> best, current, best_written;
    trainer.fit(listener, nullptr, [&] {
      if (trainer.state().epoch != at) return;
      trainer.save(at_once, toy.binding());
      best = trainer.best()[0].second.to_vector<float>();
      current = model.w.value().to_vector<float>();
      listener.waited = true;
      trainer.save_aside(
          aside, toy.binding(),
          [&, here = std::this_thread::get_id(),
           next = std::make_shared<std::future<void>>(listener.step.get_future())](const NamedTensors& parameters) {
            // Without memory to spare it is called here, before there is another step.
            if (std::this_thread::get_id() != here) next->wait();
            best_written = parameters[0].second.to_vector<float>();
          });
    });
    trainer.finish_saving();
    CHECK(read_text(aside) == read_text(at_once));
    CHECK(best_written == best);
    CHECK((current == best) == (at == 1));
    CHECK(trainer.best()[0].second.to_vector<float>() != best);
  }
}

TEST_CASE("what goes wrong in writing a checkpoint ends training, at the latest where the next one is due") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=4", "train_batch_size=4096"});
  for (const std::vector<int>& good : {std::vector<int>{1, 2, 3, 4}, std::vector<int>{4, 3, 2, 1}}) {
    ScriptedModel model;
    model.good = good;
    Listener listener;
    Trainer trainer(model, toy.dataset, *toy.config);
    const auto save = [&] {
      trainer.save_aside(toy.folder / "checkpoint", toy.binding(),
                         [](const NamedTensors&) { throw IoError("disk full"); });
    };
    CHECK(message_of<IoError>([&] { trainer.fit(listener, nullptr, save); }) == "disk full");
    CHECK(trainer.state().epoch <= 2);
    CHECK_FALSE(std::filesystem::exists(toy.folder / "checkpoint"));
  }
}

TEST_CASE("a checkpoint that couldn't be written is made up for by the next one, which training waits for") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=4", "train_batch_size=4096"});
  ScriptedModel model;
  model.good = {1, 2, 3, 4};
  Listener listener;
  Trainer trainer(model, toy.dataset, *toy.config);
  std::vector<bool> aside;
  const auto save = [&] {
    trainer.save_aside(toy.folder / "aside", toy.binding(),
                       [&, here = std::this_thread::get_id()](const NamedTensors&) {
                         aside.push_back(std::this_thread::get_id() != here);
                         if (aside.size() == 1 && aside[0]) throw IoError("disk full");
                       });
    trainer.save(toy.folder / "at_once", toy.binding());
  };
  CHECK(trainer.fit(listener, nullptr, save));
  trainer.finish_saving();
  REQUIRE(aside.size() == 4);
  CHECK_FALSE((aside[0] && aside[1]));
  CHECK(aside[3] == aside[0]);  // where there is memory to spare
  CHECK(read_text(toy.folder / "aside") == read_text(toy.folder / "at_once"));
}

/// Of 400 users, who have four interactions each, a batch has 16.
void write_many_users(const std::filesystem::path& folder) {
  write_toy(folder);
  std::ofstream file(folder / "toy" / "toy.inter");
  file << "user_id:token\titem_id:token\ttimestamp:float\n";
  for (int u = 0; u < 400; ++u)
    for (int t = 0; t < 4; ++t) file << "u" << u << "\ti" << (u * 7 + t * (u % 5 + 1)) % 300 << "\t" << t << "\n";
}

/// The tensors of all checkpoints of SHAN, whose users' rows wait for steps or, where someone holds them, don't.
std::vector<std::string> content_of_training(const std::vector<std::string>& settings, bool hold, int stop_after) {
  const TempFolder folder;
  write_many_users(folder.path());
  data::ConfigInput input = toy_input(folder.path(), settings);
  input = for_model(std::move(input), "SHAN");
  const data::Config config(input);
  const data::Dataset dataset = data::prepare(config);
  const RunBinding binding(dataset, config);
  const auto path = folder / "checkpoint";
  std::vector<std::string> content;
  Listener listener;
  listener.stop_after = stop_after;
  for (bool done = false; !done; listener.stop = false, listener.stop_after = 0) {
    const auto model = models::make_model(model_spec("SHAN", dataset, config), DType::F32, 7);
    Trainer trainer(*model, dataset, config);
    if (!content.empty()) trainer.load(path, binding);
    const nn::NamedTensors held = hold ? model->state() : nn::NamedTensors{};
    done = trainer.fit(listener, &listener.stop, [&] {
      trainer.save(path, binding);
      const SafetensorsReader reader(path);
      std::string all;
      for (const std::string& name : reader.names()) {
        const Tensor tensor = reader.get(name);
        all.append(reinterpret_cast<const char*>(tensor.raw()),
                   static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype()));
      }
      content.push_back(all);
    });
  }
  return content;
}

TEST_CASE("training has the same bits where rows of tables wait for steps: checkpoints, validation, resumed runs") {
  const std::vector<std::string> common = {"metrics=Hit",         "topk=5",        "valid_metric=hit@5", "epochs=3",
                                           "train_batch_size=16", "loss_type=BPR", "embedding_size=8"};
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"learner=adam", "clip_grad_norm={max_norm: 0.01}"},
           {"learner=adam", "weight_decay=0.01", "lr_scheduler=exponential", "lr_gamma=0.5"},
           {"learner=adamw", "weight_decay=0.1", "clip_grad_value=0.001"},
           {"learner=rmsprop"},
           {"learner=sgd", "momentum=0.9", "learning_rate=1"}}) {
    std::vector<std::string> settings = common;
    settings.insert(settings.end(), more.begin(), more.end());
    CAPTURE(more[0]);
    const auto expected = content_of_training(settings, true, 0);
    CHECK(content_of_training(settings, false, 0) == expected);
    auto resumed = content_of_training(settings, false, 30);  // within the second epoch
    CHECK(resumed.size() == expected.size() + 1);
    resumed.erase(resumed.begin() + 1);
    CHECK(resumed == expected);
  }
}

TEST_CASE("a checkpoint of other data, of another model or a damaged one is refused") {
  const Toy toy({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=1"});
  const Toy other({"metrics=Hit", "topk=1", "valid_metric=hit@1", "epochs=1", "MAX_ITEM_LIST_LENGTH=3"});
  const auto path = toy.folder / "checkpoint.safetensors";
  ScriptedModel model;
  Trainer trainer(model, toy.dataset, *toy.config);
  trainer.save(path, toy.binding());
  Trainer elsewhere(model, other.dataset, *other.config);
  CHECK(message_of<DataError>([&] { elsewhere.load(path, other.binding()); }) ==
        path.string() + ": the dataset is not the one that this run was trained on; what differs: histories");

  const Toy sgd({"metrics=Hit", "topk=1", "valid_metric=hit@1", "learner=sgd"});
  Trainer other_optimizer(model, sgd.dataset, *sgd.config);
  CHECK(message_of<FormatError>([&] { other_optimizer.load(path, toy.binding()); }) ==
        path.string() + ": expected 3 tensors, got 5");

  SafetensorsWriter writer;
  writer.write(path);
  CHECK(message_of<FormatError>([&] {
          trainer.load(path, toy.binding());
        }).find("is no checkpoint: no 'format' in its header") != std::string::npos);
  write_text(path, "damaged");
  CHECK_THROWS_AS(trainer.load(path, toy.binding()), FormatError);
}

}  // namespace
}  // namespace seqrec::train
