#include "tune/study.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/output_file.h"
#include "tests/message_of.h"
#include "tests/train/run_content.h"
#include "tests/train/toy.h"
#include "train/build.h"
#include "train/run.h"

// Studies of the toy data.
namespace seqrec::tune {
namespace {

namespace fs = std::filesystem;

const char* const kSpace = "learning_rate: {loguniform: [1e-3, 0.3]}\nembedding_size: [4, 8]\n";

struct Toy {
  TempFolder folder;
  Toy() {
    train::write_toy(folder.path());
    write_text(folder / "space.yaml", kSpace);
  }
  StudyRequest request(const std::string& out = "study") const {
    StudyRequest request;
    request.model = "SHAN";
    request.config = train::toy_input(
        folder.path(), {"epochs=9", "train_batch_size=16", "metrics=[MRR]", "topk=10", "valid_metric=MRR@10"});
    request.space = folder / "space.yaml";
    request.out = folder / out;
    request.sampler = SamplerKind::Random;
    request.trials = 6;
    return request;
  }
};

class Listener : public StudyObserver {
 public:
  void on_notice(const std::string& line) override { notices.push_back(line); }
  void on_start(const StudyInfo& start) override { info = start; }
  void on_progress(std::int64_t, const std::string&) override {
    if (++progress == stop_after) stop = true;
  }
  void on_result(const TrialResult&, const Json&, bool best) override { bests.push_back(best); }

  StudyInfo info;
  std::vector<std::string> notices;
  std::vector<bool> bests;
  int progress = 0, stop_after = 0;
  std::atomic<bool> stop{false};
};

StudyOutcome tuned(const StudyRequest& request) {
  Listener listener;
  return tune(request, listener);
}

/// All results and settings, in an order that doesn't tell which came first, without times.
std::string content_of(const StudyContent& content) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> results;
  for (TrialResult result : content.results) {
    result.at = 0;
    results[{result.trial, result.rung}] = to_json(result).dump();
  }
  std::string out;
  for (const auto& [trial, settings] : content.settings) out += settings.dump() + "\n";
  for (const auto& [key, line] : results) out += line + "\n";
  return out;
}

TEST_CASE("a study tries configurations, keeps the best and writes it for --config") {
  const Toy toy;
  Listener listener;
  const StudyOutcome outcome = tune(toy.request(), listener);
  REQUIRE(outcome.ended);
  CHECK(outcome.content.results.size() == 6);
  CHECK(listener.bests[0]);
  CHECK(listener.info.metric == "mrr@10");
  REQUIRE(outcome.best);
  for (const TrialResult& result : outcome.content.results) {
    CHECK(*result.value() <= *outcome.best->value());
    const Json run =
        Json::parse(read_text(toy.folder / ("study/trials/000" + std::to_string(result.trial)) / "result.json"));
    CHECK(run.at("valid").at("mrr@10") == Json(*result.value()));  // an ordinary run
  }
  data::ConfigInput input;
  input.files = {outcome.best_file};
  const data::Config config(train::for_model(input, "SHAN"));
  const Json& settings = outcome.content.settings.at(outcome.best->trial);
  for (const auto& [key, value] : settings.as_object()) CHECK(config.at(key) == value);
  CHECK(config.get_int("epochs") == 9);
  CHECK(config.get_strings("metrics") == std::vector<std::string>{"MRR"});

  // Trained by itself, it comes to the same bytes.
  train::TrainRequest alone;
  alone.config.files = {outcome.best_file};
  alone.out = toy.folder / "alone";
  train::Observer nobody;
  train::train(alone, nobody);
  const std::string number = std::to_string(outcome.best->trial);
  CHECK(read_text(alone.out / "model.safetensors") ==
        read_text(toy.folder / ("study/trials/000" + number) / "model.safetensors"));
  // The same call again finds nothing to do.
  const StudyOutcome again = tuned(toy.request());
  CHECK(again.ended);
  CHECK(content_of(again.content) == content_of(outcome.content));
}

TEST_CASE("a trial that halving stopped and let go on has the bits of a run that was never stopped") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.min_epochs = 1;
  request.trials = 9;
  const StudyOutcome outcome = tuned(request);
  REQUIRE(outcome.ended);
  CHECK(outcome.info.rungs == std::vector<std::int64_t>{1, 3, 9});
  std::map<std::int64_t, int> stopped_at;
  for (const auto& [trial, result] : outcome.content.last()) {
    const fs::path run = request.out / "trials" / ("000" + std::to_string(trial));
    train::TrainRequest alone;
    alone.model = "SHAN";
    alone.config = request.config;
    for (const auto& [key, value] : outcome.content.settings.at(trial).as_object())
      alone.config.options.push_back({key, value, "test"});
    alone.config.options.push_back({"epochs", result.epochs, "--epochs"});
    alone.config.options.push_back({"seed", 2020, "--seed"});
    alone.out = toy.folder / ("alone" + std::to_string(trial));
    train::Observer nobody;
    train::train(alone, nobody);
    if (result.epochs < 9) {  // it waits; ended here it is the shorter run
      CHECK(!file_exists(run / "result.json"));
      train::TrainRequest end;
      end.resume = run;
      end.config.options.push_back({"epochs", result.epochs, "--epochs"});
      train::train(end, nobody);
    }
    CHECK(read_text(run / "model.safetensors") == read_text(alone.out / "model.safetensors"));
    CHECK(train::checkpoint_content(run / "checkpoint.safetensors") ==
          train::checkpoint_content(alone.out / "checkpoint.safetensors"));
    ++stopped_at[result.epochs];
  }
  CHECK(stopped_at[1] >= 1);
  CHECK(stopped_at[3] >= 1);
  CHECK(stopped_at[9] >= 1);
}

TEST_CASE("a study is the same with trials side by side, and after it was stopped") {
  const Toy toy;
  const auto request = [&](const std::string& out) {
    StudyRequest request = toy.request(out);
    request.sampler = SamplerKind::Tpe;
    request.min_epochs = 1;
    request.trials = 14;  // more than those that TPE draws at random
    return request;
  };
  const StudyOutcome alone = tuned(request("alone"));
  REQUIRE(alone.ended);

  StudyRequest parallel = request("parallel");
  parallel.jobs = 3;
  CHECK(content_of(tuned(parallel).content) == content_of(alone.content));

  StudyRequest stopped = request("stopped");
  int calls = 0;
  for (bool ended = false; !ended; ++calls) {
    Listener listener;
    listener.stop_after = 40;  // some trials and a part of one
    stopped.stop = &listener.stop;
    stopped.jobs = 1 + calls % 2;
    ended = tune(stopped, listener).ended;
    REQUIRE(calls < 100);
  }
  CHECK(calls > 3);
  const StudyOutcome all = tuned(request("stopped"));
  CHECK(content_of(all.content) == content_of(alone.content));
  const auto settings = [](const fs::path& file) {
    const std::string text = read_text(file);
    return text.substr(text.find('\n'));  // the first line tells the folder
  };
  CHECK(settings(all.best_file) == settings(alone.best_file));
}

TEST_CASE("more trials may be asked for than a study had") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.trials = 2;
  tuned(request);
  request.trials = 6;
  CHECK(content_of(tuned(request).content) == content_of(tuned(toy.request("at once")).content));
}

TEST_CASE("the objective is the mean over the seeds") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.trials = 2;
  request.seeds = 3;
  const StudyOutcome outcome = tuned(request);
  REQUIRE(outcome.content.results.size() == 2);
  const TrialResult& result = outcome.content.results[1];
  REQUIRE(result.values.size() == 3);
  double sum = 0;
  for (int seed = 0; seed < 3; ++seed) {
    const fs::path run = request.out / "trials" / ("0002-seed" + std::to_string(2020 + seed));
    CHECK(Json::parse(read_text(run / "config.json")).at("seed") == Json(2020 + seed));
    const double value = Json::parse(read_text(run / "result.json")).at("valid").at("mrr@10").as_double();
    CHECK(result.values[static_cast<std::size_t>(seed)] == value);
    sum += value;
  }
  CHECK(result.value() == sum / 3);
  CHECK(result.values[0] != result.values[1]);
}

TEST_CASE("a trial that fails is told with its reason, and ends no study") {
  const Toy toy;
  write_text(toy.folder / "space.yaml", "learning_rate: [1e30, 0.01]\n");
  StudyRequest request = toy.request();
  request.sampler = SamplerKind::Grid;
  request.trials.reset();
  const StudyOutcome outcome = tuned(request);
  REQUIRE(outcome.ended);
  REQUIRE(outcome.content.results.size() == 2);
  CHECK(outcome.content.results[0].error.starts_with("loss is NaN at epoch 1, step "));
  CHECK(outcome.content.results[0].values.empty());
  CHECK(outcome.best->trial == 2);

  write_text(toy.folder / "space.yaml", "learning_rate: [1e30, 1e31]\n");
  request.out = toy.folder / "all";
  const StudyOutcome all = tuned(request);
  CHECK(all.ended);
  CHECK(!all.best);
  CHECK(all.best_file.empty());
}

TEST_CASE("a trial's run that was changed or trained by itself ends the study, which goes on without its folder") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.min_epochs = 1;
  request.trials = 3;
  const StudyOutcome whole = tuned(request);
  request.out = toy.folder / "again";
  request.budget = 1e-9;
  tuned(request);  // begun, no trial
  request.budget.reset();
  const fs::path run = request.out / "trials" / "0001";
  const auto refused = [&](auto error, const std::string& why) {
    const std::string message = message_of<decltype(error)>([&] { tuned(request); });
    CAPTURE(message);
    CHECK(message.starts_with("can't go on with the run in " + run.string() + ": "));
    CHECK(message.find(why) != std::string::npos);
    CHECK(StudyFile(study_file(request.out)).read().results.empty());
  };
  fs::create_directories(run.parent_path());
  fs::copy(toy.folder / "study" / "trials" / "0002", run);
  refused(ConfigError(""), "learning_rate (");  // another trial's
  fs::remove_all(run);
  train::TrainRequest by_itself;
  by_itself.model = "SHAN";
  by_itself.config = request.config;
  for (const auto& [key, value] : whole.content.settings.at(1).as_object())
    by_itself.config.options.push_back({key, value, "test"});
  by_itself.out = run;
  train::Observer nobody;
  train::train(by_itself, nobody);
  refused(UsageError(""), "it has 9 epochs, more than the 1 that the study is at");
  fs::remove_all(run);
  CHECK(content_of(tuned(request).content) == content_of(whole.content));
}

TEST_CASE("by default as many runs train at once as a study can have under way") {
  StudyRequest request;
  CHECK(jobs_for(request, 64) == 4);  // TPE's lanes
  CHECK(jobs_for(request, 3) == 3);
  request.seeds = 3;
  CHECK(jobs_for(request, 64) == 12);
  request.trials = 2;
  CHECK(jobs_for(request, 64) == 6);
  request = {};
  request.sampler = SamplerKind::Random;
  CHECK(jobs_for(request, 64) == 64);
  request.min_epochs = 1;
  CHECK(jobs_for(request, 64) == 4);
}

TEST_CASE("early stops are told") {
  const Toy toy;
  write_text(toy.folder / "space.yaml", "learning_rate: [0.5]\n");
  StudyRequest request = toy.request();
  request.config.settings.push_back("stopping_step=0");
  request.config.options.push_back({"epochs", 200, "--epochs"});
  request.sampler = SamplerKind::Grid;
  const StudyOutcome outcome = tuned(request);
  CHECK(outcome.content.results.at(0).stopped_early);
  CHECK(outcome.content.results.at(0).epochs < 200);
}

TEST_CASE("a study of models that are fitted, and of a model with two stages") {
  const Toy toy;
  write_text(toy.folder / "space.yaml", "neighbors: [1, 5]\n");
  StudyRequest request = toy.request("knn");
  request.model = "ItemKNN";
  request.sampler = SamplerKind::Grid;
  const StudyOutcome knn = tuned(request);
  CHECK(knn.content.results.size() == 2);
  CHECK(knn.best);

  write_text(toy.folder / "space.yaml", "learning_rate: [0.001, 0.01, 0.1]\n");
  request = toy.request("s3rec");
  request.model = "S3Rec";
  request.sampler = SamplerKind::Grid;
  for (const char* setting :
       {"stages=[pretrain, finetune]", "pretrain_epochs=2", "n_layers=1", "hidden_size=4", "inner_size=4", "n_heads=1",
        "load_col={inter: [user_id, item_id, timestamp], item: "
        "[item_id, class]}"})
    request.config.settings.push_back(setting);
  request.min_epochs = 1;
  const StudyOutcome s3rec = tuned(request);
  REQUIRE(s3rec.ended);
  CHECK(s3rec.content.last().at(s3rec.best->trial).epochs >= 1);
  CHECK(s3rec.content.results.size() == 4);  // three of one epoch, one that goes on to three
}

TEST_CASE("a budget ends a study, which goes on later") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.budget = 1e-9;
  const StudyOutcome outcome = tuned(request);
  CHECK(!outcome.ended);
  CHECK(outcome.budget_spent);
  request.budget.reset();
  CHECK(tuned(request).ended);
}

TEST_CASE("a study isn't continued by another one, and the error names both values") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.trials = 1;
  tuned(request);
  const std::string study = request.out.string();
  const auto refused = [&](auto change) {
    StudyRequest other = request;
    change(other);
    return message_of<ConfigError>([&] { tuned(other); });
  };
  CHECK(refused([](StudyRequest& r) { r.seeds = 2; }) == "--seeds: got 2, but the study in " + study + " has 1");
  CHECK(refused([](StudyRequest& r) { r.sampler = SamplerKind::Tpe; }) ==
        "--sampler: got \"tpe\", but the study in " + study + " has \"random\"");
  CHECK(refused([](StudyRequest& r) { r.min_epochs = 3; }).starts_with("--halving: got 3, but "));
  CHECK(refused([](StudyRequest& r) { r.config.settings.push_back("weight_decay=0.5"); }) ==
        "weight_decay (--set): got 0.5, but the study in " + study + " has 0.0");
  CHECK(refused([](StudyRequest& r) { r.config.settings.push_back("seed=5"); }).starts_with("seed (--set): got 5"));
  const auto with_space = [&](const std::string& text) {
    write_text(toy.folder / "space.yaml", text);
    const std::string message = refused([](StudyRequest&) {});
    write_text(toy.folder / "space.yaml", kSpace);
    return message;
  };
  CHECK(with_space("learning_rate: {loguniform: [1e-3, 0.3]}\nembedding_size: [4, 16]\n")
            .ends_with("space.yaml:2): got [4,16], but the study in " + study + " has [4,8]"));
  CHECK(with_space("embedding_size: [4, 8]\n").find("lacks learning_rate, which the study in") != std::string::npos);
  CHECK(with_space("embedding_size: [4, 8]\nlearning_rate: {loguniform: [1e-3, 0.3]}\n").find("another order") !=
        std::string::npos);
  std::ofstream(toy.folder / "toy" / "toy.inter", std::ios::app) << "u0\ti1\t1\t99999\n";
  CHECK(message_of<DataError>([&] {
          tuned(request);
        }).find("the dataset is not the one that this study began with; what differs: ") != std::string::npos);
}

TEST_CASE("a result that no trial of the study can have is refused with the file and what was expected") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.trials = 1;
  tuned(request);
  const fs::path path = study_file(request.out);
  const std::string whole = read_text(path);
  const auto refused = [&](TrialResult result) {
    StudyFile(path).add(result);
    const std::string message = message_of<FormatError>([&] { tuned(request); });
    write_text(path, whole);
    return message;
  };
  const std::string of = path.string() + ": the result of trial 1";
  CHECK(refused({.trial = 1, .rung = 99999999999, .values = {1}}) == of + ": rung: got 99999999999, expected 0 to 0");
  CHECK(refused({.trial = 1, .rung = -1, .values = {1}}) == of + ": rung: got -1, expected 0 to 0");
  CHECK(refused({.trial = 1, .values = {1, 2}}) == of + ": values: got 2, expected 1, one for each seed");
  CHECK(refused({.trial = 17, .values = {1}}) == of + "7 has no line of its trial before it");
  write_text(path, "{\"event\":\"study\",\"format\":1}\n");
  CHECK(message_of<FormatError>([&] { tuned(request); }).starts_with(path.string() + ": "));
}

TEST_CASE("a study that was killed while its file was first written begins anew") {
  const Toy toy;
  StudyRequest request = toy.request();
  request.trials = 1;
  fs::create_directories(request.out);
  const fs::path leftover = request.out / "study.jsonl.seqrec.tmp";
  REQUIRE(OutputFile::is_temporary(leftover));
  write_text(request.out / ".lock", "");
  std::ofstream(leftover) << "{\"event\":";
  CHECK(tuned(request).ended);
  CHECK(!file_exists(leftover));
}

TEST_CASE("what can't be a study is refused before anything is made") {
  const Toy toy;
  const auto refused = [&](auto change) {
    StudyRequest request = toy.request();
    change(request);
    const std::string message = message_of([&] { tuned(request); });
    CHECK(!file_exists(toy.folder / "study"));
    return message;
  };
  CHECK(refused([](StudyRequest& r) { r.trials.reset(); }).starts_with("--trials: how many"));
  CHECK(refused([](StudyRequest& r) { r.sampler = SamplerKind::Grid; }).find("a grid has no other") !=
        std::string::npos);
  CHECK(refused([](StudyRequest& r) { r.min_epochs = 10; }) ==
        "--halving: got 10, expected at most the number of epochs, 9");
  CHECK(refused([](StudyRequest& r) {
          r.config.settings.push_back("eval_step=0");
        }).ends_with("expected 1 or more: trials are compared by valid_metric"));
  CHECK(refused([](StudyRequest& r) { r.config.settings.push_back("epochs=0"); }) ==
        "epochs (--set): got 0, expected 1 or more: trials are compared by valid_metric");
  static constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  CHECK(refused([](StudyRequest& r) {
          r.seeds = 2;
          r.config.options.push_back({"seed", kLargest, "--seed"});
        }).ends_with("expected a number that leaves room for --seeds 2"));
  CHECK(refused([](StudyRequest& r) { r.trials = kLargest; }) ==
        "--trials: got 9223372036854775807 of 9 epochs, expected at most 9007199254740992 epochs in all");
  CHECK(refused([](StudyRequest& r) {
          r.config.options.push_back({"epochs", kLargest, "--epochs"});
          r.min_epochs = 1;
        }).starts_with("--trials: got 6 of 9223372036854775807 epochs"));
  CHECK(refused([](StudyRequest& r) {
          r.device = parse_device("cuda");
          r.jobs = 2;
        }).starts_with("--jobs: got 2, expected 1 on a GPU"));
  CHECK(refused([](StudyRequest& r) { r.model = ""; }).starts_with("no model is given"));
  CHECK(refused([](StudyRequest& r) {
          r.config.settings.push_back("eval_args={split: {RS: [1, 0, 0]}}");
        }).ends_with("expected a split with rows to validate"));
  CHECK(refused([](StudyRequest& r) { r.config.settings.push_back("valid_metric=Hit@10"); }).find("valid_metric") !=
        std::string::npos);
  write_text(toy.folder / "space.yaml", "epochs: [2, 3]\n");
  CHECK(refused([](StudyRequest& r) { r.min_epochs = 1; }).starts_with("epochs ("));
  write_text(toy.folder / "space.yaml", kSpace);
  const fs::path other = toy.folder / "other";
  fs::create_directories(other);
  write_text(other / "file", "");
  StudyRequest request = toy.request("other");
  CHECK(message_of<UsageError>([&] { tuned(request); }) ==
        other.string() + " is not empty and holds no study, expected a new folder");
  CHECK(files_in(other).size() == 1);
}

}  // namespace
}  // namespace seqrec::tune
