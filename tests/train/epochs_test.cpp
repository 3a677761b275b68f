#include <algorithm>

#include <doctest/doctest.h>

#include "listener.h"
#include "run_content.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

// A run that is given another number of epochs.
namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

struct Kind {
  std::string name, model;
  std::vector<std::string> settings;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"plain", "SHAN", {"embedding_size=4"}},
      {"early stopping", "SHAN", {"embedding_size=4", "stopping_step=0", "learning_rate=0.5"}},
      {"falling rate", "SHAN", {"embedding_size=4", "lr_scheduler=step", "lr_step_size=2", "lr_gamma=0.5"}},
      {"not validated", "SHAN", {"embedding_size=4", "eval_step=0", "learner=sgd", "momentum=0.5"}},
      {"sampled negatives",
       "SHAN",
       {"embedding_size=4", "loss_type=sampled_softmax", "train_neg_sample_args={distribution: mixed, sample_num: 8}"}},
      {"validated at times", "SHAN", {"embedding_size=4", "eval_step=2"}},
      {"DIEN", "DIEN", {"embedding_size=4", "mlp_hidden_size=[4, 4]", "metrics=[AUC]", "valid_metric=AUC"}},
      {"two stages",
       "S3Rec",
       {"stages=[pretrain, finetune]", "pretrain_epochs=1", "n_layers=1", "hidden_size=4", "inner_size=4",
        "n_heads=1"}},
      {"fitted", "Pop", {}}};
  return all;
}

const Kind& kind(const std::string& name) { return *std::ranges::find(kinds(), name, &Kind::name); }

TrainRequest run_of(const Kind& kind, const fs::path& data, const fs::path& out, int epochs) {
  TrainRequest request;
  request.model = kind.model;
  request.config = toy_input(data, {"train_batch_size=32", "metrics=[Hit]", "topk=5", "valid_metric=Hit@5"});
  request.config.settings.insert(request.config.settings.end(), kind.settings.begin(), kind.settings.end());
  request.config.options.push_back({"epochs", epochs, "--epochs"});
  request.out = out;
  return request;
}

TrainRequest go_on(const fs::path& run, int epochs) {
  TrainRequest request;
  request.resume = run;
  request.config.options = {{"epochs", epochs, "--epochs"}};
  return request;
}

/// Trains and stops after a number of steps.
void stop_after(TrainRequest request, int steps) {
  Listener listener;
  listener.stop_after = steps;
  request.stop = &listener.stop;
  CHECK_FALSE(train(request, listener).finished);
}

std::string error_of(const TrainRequest& request) {
  Listener listener;
  return message_of<Error>([&] { train(request, listener); });
}

bool told(const Listener& listener, const std::string& begin) {
  return std::ranges::any_of(listener.notices, [&](const std::string& line) { return line.starts_with(begin); });
}

TEST_CASE("a finished run goes on to more epochs, to the bytes of an uninterrupted run") {
  const TempFolder temp;
  write_toy(temp.path());
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    Listener listener;
    train(run_of(kind, temp.path(), temp / concat(kind.name, " whole"), 5), listener);
    const fs::path run = temp / kind.name;
    train(run_of(kind, temp.path(), run, 2), listener);
    for (const int epochs : {3, 5}) {
      Listener more;
      const RunResult result = train(go_on(run, epochs), more);
      CHECK(result.finished);
      CHECK(more.results.size() == 1);
      CHECK(told(more, concat("epochs: ", epochs, " from now on, were ", epochs == 3 ? 2 : 3)));
    }
    check_same(content_of(run), content_of(temp / concat(kind.name, " whole")));
  }
}

TEST_CASE("a run that early stopping ended ends there with more epochs, too, and says so") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener first, second;
  const RunResult shorter = train(run_of(kind("early stopping"), temp.path(), temp / "run", 20), first);
  REQUIRE(shorter.epochs < 20);
  CHECK(shorter.stopped_early);
  CHECK(read_text(temp / "run/log.txt").find(concat(" early stopping ended training after epoch ", shorter.epochs)) !=
        std::string::npos);
  const RunResult longer = train(go_on(temp / "run", 30), second);
  CHECK(second.steps == 0);
  CHECK(told(second, concat("early stopping (stopping_step 0) ended this run after epoch ", shorter.epochs,
                            ", and ends it there again")));
  CHECK(longer.epochs == shorter.epochs);
  CHECK(longer.stopped_early);
  CHECK(Json::parse(read_text(temp / "run/config.json")).at("epochs") == Json(30));
  Listener third;
  const RunResult exact = train(go_on(temp / "run", static_cast<int>(shorter.epochs)), third);
  CHECK_FALSE(exact.stopped_early);  // it did all that it was asked for
}

TEST_CASE("a run that was stopped goes on to more or fewer epochs, but not fewer than are done") {
  const TempFolder temp;
  write_toy(temp.path());
  for (const char* name : {"plain", "not validated"}) {
    CAPTURE(name);
    const Kind& of = kind(name);
    Listener listener;
    const fs::path run = temp / concat(name, " stopped");
    for (const int epochs : {2, 4}) train(run_of(of, temp.path(), temp / concat(name, epochs), epochs), listener);
    const int steps = static_cast<int>(listener.last.steps);
    REQUIRE(steps > 1);
    stop_after(run_of(of, temp.path(), run, 9), 2 * steps + 1);  // a step of the third epoch
    CHECK(error_of(go_on(run, 1)) == "epochs (--epochs): got 1, expected at least 2: as many epochs are done");
    CHECK(Json::parse(read_text(run / "config.json")).at("epochs") == Json(9));
    // As many as are done: the model of a run of two epochs. The third one's step waits in the checkpoint.
    const RunResult exact = train(go_on(run, 2), listener);
    CHECK(exact.finished);
    auto content = content_of(run), expected = content_of(temp / concat(name, 2));
    for (auto* files : {&content, &expected}) files->erase("checkpoint.safetensors");
    check_same(content, expected);
    Listener more;
    train(go_on(run, 4), more);
    CHECK(more.steps == 2 * steps - 1);
    check_same(content_of(run), content_of(temp / concat(name, 4)));
  }
}

TEST_CASE("a run that was stopped in pre-training gets another number of epochs for fine-tuning") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const Kind& of = kind("two stages");
  train(run_of(of, temp.path(), temp / "whole", 3), listener);
  stop_after(run_of(of, temp.path(), temp / "run", 1), 1);
  train(go_on(temp / "run", 3), listener);
  check_same(content_of(temp / "run"), content_of(temp / "whole"));
}

TEST_CASE("where another number of epochs would have meant other validations it is refused") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  Kind late = kind("plain");
  late.settings.push_back("eval_step=4");
  train(run_of(late, temp.path(), temp / "run", 3), listener);  // validated after its third and last epoch
  const auto before = content_of(temp / "run");
  CHECK(error_of(go_on(temp / "run", 6)) ==
        "epochs (--epochs): got 6, expected no other number than 3: with eval_step 4 this run validates after every 3 "
        "epochs, one of 6 epochs after every 4");
  check_same(content_of(temp / "run"), before);
  // While none is due yet the number may change.
  stop_after(run_of(late, temp.path(), temp / "stopped", 3), static_cast<int>(listener.last.steps) + 1);
  train(go_on(temp / "stopped", 6), listener);
  train(run_of(late, temp.path(), temp / "whole", 6), listener);
  check_same(content_of(temp / "stopped"), content_of(temp / "whole"));
}

TEST_CASE("a finished run that can't go on keeps its result") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "run";
  Listener listener;
  train(run_of(kind("plain"), temp.path(), run, 2), listener);
  const auto before = content_of(run);
  fs::rename(temp / "toy", temp / "moved");
  CHECK(error_of(go_on(run, 3)).starts_with("data_path ("));
  fs::rename(temp / "moved", temp / "toy");
  const std::string data = read_text(temp / "toy/toy.inter");
  write_text(temp / "toy/toy.inter", data + "u0\ti1\t1\t99999\n");
  CHECK(error_of(go_on(run, 3)).find("the dataset is not the one that this run was trained on") != std::string::npos);
  write_text(temp / "toy/toy.inter", data);
  CHECK(error_of(go_on(run, 1)) == "epochs (--epochs): got 1, expected at least 2: as many epochs are done");
  check_same(content_of(run), before);
  fs::remove(run / "checkpoint.safetensors");
  CHECK(error_of(go_on(run, 3)) ==
        concat((run / "checkpoint.safetensors").string(),
               " is not there: without it a finished run can't have another number of epochs"));
  CHECK(train(go_on(run, 2), listener).finished);
}

}  // namespace
}  // namespace seqrec::train
